// Target functions: parse_revoked_keys, write_revoked_keys, RevokedKeys::revokes.
// An input is a list of revoked keys of either kind. What was read and written is read as the same.
#include "fuzz.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/revoked_keys.hpp>

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto revoked = parse_revoked_keys({data, size});
    if (!revoked) return 0;
    const Bytes written = write_revoked_keys(*revoked);
    const auto again = parse_revoked_keys(written);
    NACRE_FUZZ_CHECK(again);
    NACRE_FUZZ_CHECK(write_revoked_keys(*again) == written);
    for (const Bytes& blob : revoked->keys) {
        const auto key = botan_provider().public_key(blob);
        if (key && (*key)->certificate() == nullptr)
            NACRE_FUZZ_CHECK(again->revokes(**key, botan_provider()));
    }
    return 0;
}
