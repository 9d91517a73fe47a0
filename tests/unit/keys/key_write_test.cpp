// What is written here is read by other programs in tests/live/key_files.py.
#include "key_fixture.hpp"

#include <nacre/keys/jwk.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/keys/ppk.hpp>

namespace nacre {
namespace {

using test::key_file;
using test::kPassphrase;
using test::secret;

// Files of other programs, by what follows their prefix.
constexpr const char* kTypes[] = {"rsa",      "dsa",     "ecdsa256", "ecdsa384",
                                  "ecdsa521", "ed25519", "ed448"};

PrivateKey key_of(const std::string& name) {
    auto key = load_key(as_bytes(key_file(name)));
    REQUIRE(key.has_value());
    return std::move(key->private_keys.front());
}

std::string text_of(const Result<SecretBytes>& file) {
    REQUIRE(file.has_value());
    return std::string(as_text(*file));
}

TEST_CASE("PKCS#8 is written as OpenSSL writes it", "[keys][write]") {
    for (const char* type : kTypes) {
        CAPTURE(type);
        const std::string name = std::string("pkcs8-") + type;
        CHECK(text_of(write_pkcs8_private_key(key_of(name), nullptr, system_rng())) ==
              key_file(name));
    }
}

TEST_CASE("encrypted PKCS#8 is read back", "[keys][write]") {
    const PrivateKey key = key_of("pkcs8-ed25519");
    const SecretBytes passphrase = secret(kPassphrase);
    for (const Pkcs8Kdf kdf : {Pkcs8Kdf::pbkdf2, Pkcs8Kdf::scrypt}) {
        const auto file = write_pkcs8_private_key(key, &passphrase, system_rng(), kdf);
        REQUIRE(file);
        const auto again = load_key(*file, passphrase);
        REQUIRE(again);
        CHECK(same_bytes(again->private_keys.front().fields, key.fields));
        REQUIRE(again->encryption);
        CHECK(again->encryption->cipher == "AES-256-CBC");
        const bool scrypt = kdf == Pkcs8Kdf::scrypt;
        CHECK(again->encryption->kdf == (scrypt ? "scrypt" : "PBKDF2"));
        CHECK(again->encryption->cost == (scrypt ? 16'384 : 200'000));
        CHECK(again->encryption->memory == (scrypt ? 16'384 : 0));
    }
    const SecretBytes empty;
    CHECK_FALSE(write_pkcs8_private_key(key, &empty, system_rng()));
    PrivateKey other = key_of("openssh-ed25519");
    other.type = "sk-ssh-ed25519@openssh.com";
    CHECK_FALSE(write_pkcs8_private_key(other, nullptr, system_rng()));
    other.type = "ssh-rsa";
    CHECK_FALSE(write_pkcs8_private_key(other, nullptr, system_rng()));
}

TEST_CASE("public keys in PEM are written as OpenSSL writes them", "[keys][write]") {
    for (const char* type : kTypes) {
        CAPTURE(type);
        const auto text = pem_public_key(key_of(std::string("pkcs8-") + type).public_blob);
        REQUIRE(text);
        CHECK(*text == key_file(std::string("spki-") + type));
    }
    CHECK_FALSE(pem_public_key(as_bytes("x")));
}

TEST_CASE("PuTTY's format 2 is written as puttygen writes it", "[keys][write]") {
    const SecretBytes passphrase = secret(kPassphrase);
    for (const std::string type : {"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa"}) {
        CAPTURE(type);
        const PrivateKey key = key_of("openssh-" + type);
        CHECK(text_of(write_ppk_v2(key, nullptr)) == key_file("ppk2-" + type + ".ppk"));
        CHECK(text_of(write_ppk_v2(key, &passphrase)) == key_file("ppk2-" + type + "-aes256.ppk"));
    }
    const PrivateKey dsa = key_of("openssh-dsa");
    CHECK(text_of(write_ppk_v2(dsa, nullptr)) == key_file("ppk2-dsa.ppk"));
    CHECK(text_of(write_ppk_v2(dsa, &passphrase)) == key_file("ppk2-dsa-encrypted.ppk"));
    CHECK(text_of(write_ppk(dsa, nullptr, system_rng())) == key_file("ppk3-dsa.ppk"));
    CHECK(text_of(write_ppk(key_of("ppk3-ed448.ppk"), nullptr, system_rng())) ==
          key_file("ppk3-ed448.ppk"));
    const SecretBytes empty;
    CHECK_FALSE(write_ppk_v2(dsa, &empty));
}

TEST_CASE("JWK is written and read back", "[keys][write]") {
    for (const char* type : {"rsa", "ecdsa256", "ecdsa384", "ecdsa521", "ed25519", "ed448"}) {
        CAPTURE(type);
        PrivateKey key = key_of(std::string(type) + ".jwk");
        key.comment = "me@home";
        const auto file = write_jwk(key);
        REQUIRE(file);
        const auto again = load_key(*file);
        REQUIRE(again);
        CHECK(same_bytes(again->private_keys.front().fields, key.fields));
        CHECK(again->comment() == "me@home");
        // A comment that needs escapes is left out.
        const auto half = write_public_jwk(key.public_blob, "a \"quoted\" one");
        REQUIRE(half);
        const auto open = load_key(as_bytes(*half));
        REQUIRE(open);
        CHECK_FALSE(open->is_private());
        CHECK(open->public_keys.front().blob == key.public_blob);
        CHECK(open->comment().empty());
    }
    CHECK_FALSE(write_jwk(key_of("openssh-dsa")));
}

}  // namespace
}  // namespace nacre
