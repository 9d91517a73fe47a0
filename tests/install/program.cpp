// Built outside the tree by tests/install/run, against the installed library only. Hashing goes
// down to Botan, so it must have come with the library.

#include <nacre/base/version.hpp>
#include <nacre/crypto/botan.hpp>

#include <array>
#include <cstdint>
#include <iostream>

int main() {
    auto hash = nacre::botan_provider().hash("SHA-256");
    if (!hash) return 1;
    const std::array<std::uint8_t, 3> input{'a', 'b', 'c'};
    std::array<std::uint8_t, 32> digest{};
    (*hash)->update(input);
    (*hash)->finish(digest);
    // FIPS 180-2, appendix B.1: ba7816bf...
    const bool right = digest[0] == 0xba && digest[1] == 0x78 && digest[31] == 0xad;
    std::cout << "nacre " << nacre::version() << (right ? ": SHA-256 works\n" : ": wrong digest\n");
    return right ? 0 : 1;
}
