#include "key_fixture.hpp"
#include "support/alloc_failure.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre {
namespace {

// One file of each format, and of each scheme of encryption whose work is small.
constexpr const char* kFiles[] = {"openssh-ed25519",
                                  "openssh-ecdsa256",
                                  "openssh-dsa",
                                  "openssh-ed448",
                                  "openssh-ed25519-sk",
                                  "openssh-ed25519-aes256-gcm",
                                  "pem-rsa",
                                  "pem-rsa-aes192",
                                  "pem-dsa",
                                  "pem-ecdsa256-parameters",
                                  "pkcs8-ed25519.der",
                                  "pkcs8-dsa",
                                  "pkcs8-ecdsa384-compressed",
                                  "ppk2-dsa-encrypted.ppk",
                                  "ppk3-ed25519.ppk",
                                  "rsa-chain.p12",
                                  "ed25519-3des.p12",
                                  "ecdsa256.jwk",
                                  "set.jwk",
                                  "dsa.xml",
                                  "openssh-rsa.pub",
                                  "rfc4716-ed25519.pub",
                                  "spki-rsa.der",
                                  "spki-ecdsa521-compressed",
                                  "rsapublic-rsa",
                                  "cert-rsa",
                                  "certs.p7b"};

// Whether the allocation of number `fail_at` was reached, and answered as it should be.
bool starves(ByteView file, const SecretBytes& passphrase, std::size_t fail_at) {
    std::optional<Result<LoadedKey>> key;
    std::size_t made = 0;
    {
        const test::AllocFailure failure(fail_at);
        key.emplace(load_key(file, passphrase));
        made = failure.made();
    }
    if (made <= fail_at) {
        CHECK(*key);
        return false;
    }
    CAPTURE(fail_at);
    if (*key) {
        FAIL_CHECK("a key although memory was short");
    } else if (key->error().code != Errc::out_of_memory &&
               // Botan puts names of modes together in a stream, which swallows std::bad_alloc; it
               // then knows no such cipher.
               key->error().code != Errc::crypto_failed) {
        FAIL_CHECK(key->error().what);
    }
    return true;
}

TEST_CASE("load_key answers when there is no memory", "[keys][load]") {
    const SecretBytes passphrase = test::secret(test::kPassphrase);
    for (const char* name : kFiles) {
        CAPTURE(name);
        const std::string text = test::key_file(name);
        // What Botan keeps for later is there after the first time.
        REQUIRE(load_key(as_bytes(text), passphrase));
        std::size_t fail_at = 0;
        while (starves(as_bytes(text), passphrase, fail_at)) ++fail_at;
        CHECK(fail_at > 0);
    }
}

}  // namespace
}  // namespace nacre
