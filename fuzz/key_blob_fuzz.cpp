// Target functions: Provider::public_key, PublicKey::verify.
// A blob that is taken is the blob of the key; no signature made of noise is right.
#include "fuzz.hpp"

#include <nacre/crypto/botan.hpp>

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    const ByteView blob = input.bytes(input.u16());
    const auto key = botan_provider().public_key(blob);
    if (!key) return 0;
    NACRE_FUZZ_CHECK(same_bytes((*key)->blob(), blob));
    NACRE_FUZZ_CHECK((*key)->bits() >= 256);
    const ByteView signature = input.rest();
    const std::uint8_t message[] = {1, 2, 3};
    for (const std::string_view algorithm : (*key)->algorithms())
        static_cast<void>((*key)->verify(algorithm, message, signature));
    return 0;
}
