#include "key_unwrap.hpp"

#include "keys/openssh_key.hpp"
#include "keys/pem.hpp"
#include "keys/pkcs8.hpp"
#include "nacre-keys/ppk.hpp"
#include "support/tests_dir.hpp"

#include <nacre/wire/reader.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace nacre::test {

namespace {

constexpr std::string_view kPassphrase = "correct horse";

std::string file_named(const char* name) {
    std::ifstream file(tests_dir() + "/keys/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

AskPassphrase saying(std::string_view passphrase) {
    return
        [passphrase]() -> std::optional<SecretBytes> { return SecretBytes(as_bytes(passphrase)); };
}

/// What the PEM frame of a file holds. One of a test that cannot be read is an empty one.
SecretBytes body_of(const char* name) {
    const std::string text = file_named(name);
    auto pem = detail::PemBlocks(text).next();
    const bool good = pem && detail::decode_pem(*pem);
    require(good, "a key file");
    return good ? std::move(pem->body) : SecretBytes();
}

void require_wrong(const Result<PrivateKey>& key) {
    require(!key && fault_of(key.error()) == KeyFault::wrong_passphrase, "a wrong passphrase");
}

// ---- openssh-key-v1 -----------------------------------------------------------------------------

/// Where the encrypted part of a file is: behind magic, cipher, derivation, its options, the number
/// of keys and the public key.
std::size_t encrypted_at(ByteView file, std::size_t& size) {
    Reader reader(file);
    reader.bytes(15);
    for (int i = 0; i < 3; ++i) reader.string();
    reader.u32();
    reader.string();
    size = reader.u32();
    return file.size() - reader.remaining();
}

/// All of it is secret, and the passphrase is wrong. With a tag behind it, the tag says so; else
/// the two check numbers at its beginning do.
void openssh_refusal(const char* name) {
    const SecretBytes file = body_of(name);
    std::size_t size = 0;
    const std::size_t at = encrypted_at(file, size);
    hide(file.view().subspan(at));
    const auto wrong = saying("wrong horse");
    detail::Unlock unlock(wrong);
    require_wrong(detail::read_openssh_key(file, unlock));
}

/// Only the check numbers are secret, and they are equal.
void openssh_check_numbers() {
    const SecretBytes file = body_of("openssh-ed25519-aes256-ctr");
    std::size_t size = 0;
    const std::size_t at = encrypted_at(file, size);
    hide(file.view().subspan(at, 8));
    const auto right = saying(kPassphrase);
    detail::Unlock unlock(right);
    require(detail::read_openssh_key(file, unlock).has_value(), "the check numbers");
}

/// Only the padding is secret. In counter mode a bit that is changed is changed in the plaintext.
void openssh_padding(bool damaged) {
    SecretBytes file = body_of("openssh-ed25519-aes256-ctr");
    std::size_t size = 0;
    const std::size_t at = encrypted_at(file, size);
    const auto right = saying(kPassphrase);
    detail::Unlock first(right);
    const auto key = detail::read_openssh_key(file, first);
    require(key.has_value(), "a key");
    if (!key) return;
    // Check numbers, then type, public key, both keys and comment, each behind its length.
    const std::size_t used = 8 + 4 + 11 + 4 + 32 + 4 + 64 + 4 + key->comment.size();
    require(size - used >= 2, "a key with padding");
    const ByteSpan padding = file.span().subspan(at + used, size - used);
    if (damaged) padding.back() ^= 1;
    hide(ByteView(padding));
    detail::Unlock second(right);
    require(detail::read_openssh_key(file, second).has_value() != damaged, "the padding");
}

// ---- PuTTY --------------------------------------------------------------------------------------

/// The private half is secret.
void ppk_refusal(const char* name) {
    const auto file = detail::parse_ppk(file_named(name));
    require(file.has_value(), "a file of PuTTY");
    if (!file) return;
    hide(file->private_blob.view());
    const auto wrong = saying("wrong horse");
    detail::Unlock unlock(wrong);
    require_wrong(detail::read_ppk_key(*file, unlock));
}

/// The passphrase is secret, too: version 2 derives its keys with SHA-1, which looks up nothing.
void ppk_passphrase() {
    const auto file = detail::parse_ppk(file_named("ppk2-ed25519-aes256.ppk"));
    require(file.has_value(), "a file of PuTTY");
    if (!file) return;
    const AskPassphrase wrong = []() -> std::optional<SecretBytes> {
        SecretBytes passphrase(as_bytes("wrong horse"));
        hide(passphrase.view());
        return passphrase;
    };
    detail::Unlock unlock(wrong);
    require_wrong(detail::read_ppk_key(*file, unlock));
}

// ---- PKCS#8 -------------------------------------------------------------------------------------

/// The encrypted part is secret; what it is decrypted to has no right padding.
void pkcs8_refusal(const char* name) {
    const SecretBytes file = body_of(name);
    detail::DerDocument outer(file);
    detail::DerReader fields = outer.reader().sequence();
    fields.element();  // the algorithm
    hide(fields.octets());
    const auto wrong = saying("wrong horse");
    detail::Unlock unlock(wrong);
    detail::DerDocument document(file);
    detail::DerReader reader = document.reader();
    require_wrong(detail::take_encrypted_pkcs8_key(reader, unlock));
}

constexpr Part kParts[] = {
    {"openssh-key-v1, counter mode", [] { openssh_refusal("openssh-ed25519-aes256-ctr"); }, 1, 1},
    {"openssh-key-v1, CBC", [] { openssh_refusal("openssh-ed25519-aes256-cbc"); }, 1, 1},
    {"openssh-key-v1, GCM", [] { openssh_refusal("openssh-ed25519-aes256-gcm"); }, 1, 1},
    {"openssh-key-v1, ChaCha20-Poly1305",
     [] { openssh_refusal("openssh-ed25519-chacha20-poly1305"); }, 1, 1},
    {"openssh-key-v1, check numbers", openssh_check_numbers, 1, 1},
    {"openssh-key-v1, padding", [] { openssh_padding(false); }, 1, 1},
    {"openssh-key-v1, damaged padding", [] { openssh_padding(true); }, 1, 1},
    {"PuTTY, version 2", [] { ppk_refusal("ppk2-ed25519-aes256.ppk"); }, 1, 1},
    {"PuTTY, version 3", [] { ppk_refusal("ppk3-ed25519-argon2i.ppk"); }, 1, 1},
    {"PuTTY, passphrase", ppk_passphrase, 1, 1},
    // Botan asks three times whether the padding was right.
    {"PKCS#8", [] { pkcs8_refusal("pkcs8-ed25519-aes256"); }, 1, 3},
};

}  // namespace

std::span<const Part> key_unwrap_parts() noexcept {
    return kParts;
}

}  // namespace nacre::test
