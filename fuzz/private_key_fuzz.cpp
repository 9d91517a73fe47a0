// Target functions: read_private_key, write_openssh_private_key.
// An input that begins with '-' is a private key file. Of any other the first byte says what it is,
// and the rest, which the mutations can reach as no base64 is around it, is the body of the file.
// Encrypted keys are followed up to the question for the passphrase: the key derivation behind it
// would take all the time there is.

#include "fuzz.hpp"
#include "keys/base64.hpp"

#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <string>

namespace {

std::string file_of(nacre::fuzz::FuzzInput input) {
    constexpr const char* kLabels[] = {"OPENSSH PRIVATE KEY",   "RSA PRIVATE KEY",
                                       "EC PRIVATE KEY",        "PRIVATE KEY",
                                       "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY"};
    const std::string label = kLabels[input.below(std::size(kLabels))];
    return "-----BEGIN " + label + "-----\n" + nacre::detail::encode_base64(input.rest()) +
           "\n-----END " + label + "-----\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const bool is_file = size == 0 || data[0] == '-';
    const std::string file(is_file ? std::string(as_text({data, size}))
                                   : file_of(fuzz::FuzzInput(data, size)));
    const auto key = read_private_key(as_bytes(file));
    if (!key) {
        NACRE_FUZZ_CHECK(*key.error().what != '\0');
        return 0;
    }
    const auto type = public_blob_type(key->public_blob);
    NACRE_FUZZ_CHECK(type && *type == key->type);

    const auto written = write_openssh_private_key(*key, nullptr, system_rng());
    NACRE_FUZZ_CHECK(written);
    // What was read from a file of the greatest size may grow past it.
    if (written->size() > kMaxKeyFile) return 0;
    const auto again = read_private_key(*written);
    NACRE_FUZZ_CHECK(again);
    NACRE_FUZZ_CHECK(again->type == key->type && again->comment == key->comment);
    NACRE_FUZZ_CHECK(again->public_blob == key->public_blob);
    NACRE_FUZZ_CHECK(same_bytes(again->fields, key->fields));
    return 0;
}
