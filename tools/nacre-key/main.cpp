// Keys and certificates in files: shown, checked, converted, made.
#include "commands.hpp"

int main(int argc, char** argv) {
    return nacre::tools::run_program({argv + (argc > 0 ? 1 : 0), argv + argc});
}
