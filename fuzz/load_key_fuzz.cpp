// Target functions: load_key, load_public_key, and the writers of what they read.
// An input is a key file of any format. Encrypted ones are followed up to the question for the
// passphrase: the key derivation behind it would take all the time there is.

#include "fuzz.hpp"

#include <nacre/keys/jwk.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/keys/ppk.hpp>

namespace {

// What was written holds the same key. A type that has no such form is no fault.
void check_written(const nacre::PrivateKey& key, const nacre::Result<nacre::SecretBytes>& file) {
    using namespace nacre;
    if (!file) {
        NACRE_FUZZ_CHECK(file.error().code == Errc::unsupported);
        return;
    }
    if (file->size() > kMaxKeyFile) return;
    const auto again = load_key(*file);
    NACRE_FUZZ_CHECK(again && again->is_private());
    NACRE_FUZZ_CHECK(same_bytes(again->private_keys.front().fields, key.fields));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const ByteView input(data, size);
    const auto key = load_key(input);
    if (!key) {
        NACRE_FUZZ_CHECK(fault_of(key.error()) != KeyFault::none && *key.error().what != '\0');
        NACRE_FUZZ_CHECK(offset_of(key.error()).value_or(0) <= size);
        return 0;
    }
    NACRE_FUZZ_CHECK(!key->public_keys.empty());
    for (const PublicKeyText& half : key->public_keys) {
        const auto type = public_blob_type(half.blob);
        NACRE_FUZZ_CHECK(type && *type == half.type);
        const auto pem = pem_public_key(half.blob);
        if (!pem) continue;
        const auto again = load_key(as_bytes(*pem));
        NACRE_FUZZ_CHECK(again && again->public_keys.front().blob == half.blob);
    }
    const auto half = load_public_key(input);
    NACRE_FUZZ_CHECK(half && !half->is_private());
    NACRE_FUZZ_CHECK(half->public_keys.front().blob == key->public_keys.front().blob);
    for (const PrivateKey& one : key->private_keys) {
        check_written(one, write_pkcs8_private_key(one, nullptr, system_rng()));
        check_written(one, write_jwk(one));
        check_written(one, write_ppk_v2(one, nullptr));
    }
    return 0;
}
