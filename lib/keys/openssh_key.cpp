#include "keys/openssh_key.hpp"

#include "keys/openssh_cipher.hpp"
#include "keys/private_fields.hpp"

#include <nacre/wire/reader.hpp>

#include <algorithm>

namespace nacre::detail {

namespace {

constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged openssh-key-v1 file");
constexpr Error kWrongPassphrase =
    key_error(KeyFault::wrong_passphrase, "wrong passphrase for the private key");

// The views are borrowed from the file.
struct Container {
    const KeyFileCipher* cipher = nullptr;
    std::string_view kdf;
    ByteView kdf_options;
    ByteView public_blob;
    ByteView encrypted;
    ByteView tag;
};

// Every length that reaches past the end. A body that was cut off ends in one of them.
Error truncated(ByteView file) noexcept {
    return key_error(KeyFault::truncated, "the openssh-key-v1 file ends before its fields do",
                     file.size());
}

Result<Container> read_container(ByteView file) {
    Reader reader(file);
    if (as_text(reader.bytes(kMagic.size())) != kMagic) return kDamaged;
    Container container;
    const auto cipher = reader.text();
    container.kdf = reader.text();
    container.kdf_options = reader.string();
    const std::uint32_t count = reader.u32();
    if (!reader.ok()) return truncated(file);
    if (count != 1)
        return key_error(KeyFault::unsupported, "openssh-key-v1 file with other than one key");
    container.cipher = find_key_file_cipher(cipher);
    if (container.cipher == nullptr)
        return key_error(KeyFault::unsupported, "cipher of the openssh-key-v1 file not known");
    container.public_blob = reader.string();
    container.encrypted = reader.string();
    container.tag = reader.bytes(container.cipher->tag);
    if (!reader.ok()) return truncated(file);
    if (!reader.done())
        return key_error(KeyFault::damaged, kDamaged.what, file.size() - reader.remaining());
    const std::size_t size = container.encrypted.size();
    if (size < container.cipher->block || size % container.cipher->block != 0) return kDamaged;
    return container;
}

Result<SecretBytes> derive_key(const Container& container, Unlock& unlock) {
    const bool encrypted = container.cipher->mode != CipherMode::none;
    if (container.kdf == "none" && !encrypted) return SecretBytes();
    if (container.kdf != "bcrypt" || !encrypted)
        return key_error(KeyFault::unsupported, "key derivation of the file not supported");
    Reader options(container.kdf_options);
    const auto salt = options.string();
    const std::uint32_t rounds = options.u32();
    if (!options.done() || salt.empty() || rounds == 0) return kDamaged;
    if (rounds > kMaxBcryptRounds)
        return key_error(KeyFault::over_limit, "too many rounds of key derivation");
    NACRE_TRY(const ByteView passphrase,
              unlock.passphrase({container.cipher->name, "bcrypt", {}, rounds, 0, 0}));
    if (passphrase.empty()) return kWrongPassphrase;
    return bcrypt_pbkdf(passphrase, salt, rounds, container.cipher->key + container.cipher->iv);
}

constexpr std::size_t kPuttyBlock = 16;

bool is_padding(ByteView bytes, std::size_t block) noexcept {
    // PuTTY pads to 16 bytes also where the cipher has blocks of 8, and OpenSSH does not mind.
    if (bytes.size() >= std::max(block, kPuttyBlock)) return false;
    // Which byte was wrong shows in no time: only that one was.
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) wrong |= bytes[i] ^ (i + 1);
    return wrong == 0;
}

Result<PrivateKey> read_plaintext(ByteView plaintext, const KeyFileCipher& cipher) {
    Reader reader(plaintext);
    const std::uint32_t check = reader.u32();
    if (check != reader.u32()) return cipher.mode == CipherMode::none ? kDamaged : kWrongPassphrase;
    const auto type = reader.text();
    if (!reader.ok()) return kDamaged;
    NACRE_TRY(PrivateKey key, read_private_fields(type, reader));
    key.comment = reader.text();
    if (!is_padding(reader.rest(), cipher.block) || !reader.ok()) return kDamaged;
    return key;
}

}  // namespace

Result<PrivateKey> read_openssh_key(ByteView file, Unlock& unlock) {
    NACRE_TRY(const Container container, read_container(file));
    NACRE_TRY(const SecretBytes key_and_iv, derive_key(container, unlock));
    NACRE_TRY(const SecretBytes plaintext,
              open_key_file(*container.cipher, key_and_iv, container.encrypted, container.tag));
    NACRE_TRY(PrivateKey key, read_plaintext(plaintext, *container.cipher));
    // The public key outside is what programs show before they ask for the passphrase.
    if (!same_bytes(key.public_blob, container.public_blob))
        return key_error(KeyFault::damaged,
                         "public key of the file is not that of its private key");
    return key;
}

Result<ByteView> openssh_key_public_half(ByteView file) {
    NACRE_TRY(const Container container, read_container(file));
    return container.public_blob;
}

}  // namespace nacre::detail
