// Target functions: read_private_key, write_openssh_private_key.
// An input is a private key file. Encrypted ones are followed up to the question for the
// passphrase: the key derivation behind it would take all the time there is.

#include "fuzz.hpp"

#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const auto key = read_private_key({data, size});
    if (!key) {
        NACRE_FUZZ_CHECK(*key.error().what != '\0');
        return 0;
    }
    const auto type = public_blob_type(key->public_blob);
    NACRE_FUZZ_CHECK(type && *type == key->type);

    const auto written = write_openssh_private_key(*key, nullptr, system_rng());
    NACRE_FUZZ_CHECK(written);
    const auto again = read_private_key(*written);
    // What was read from a file of the greatest size may grow past it.
    if (written->size() > kMaxKeyFile) return 0;
    NACRE_FUZZ_CHECK(again);
    NACRE_FUZZ_CHECK(again->type == key->type && again->comment == key->comment);
    NACRE_FUZZ_CHECK(again->public_blob == key->public_blob);
    NACRE_FUZZ_CHECK(same_bytes(again->fields, key->fields));
    return 0;
}
