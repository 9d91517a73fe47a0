// Built outside the tree by tests/install/run, against the installed library only.

#include <nacre/base/version.hpp>

#include <iostream>

int main() {
    std::cout << "nacre " << nacre::version() << '\n';
    return nacre::version().empty() ? 1 : 0;
}
