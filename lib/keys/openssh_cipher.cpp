#include "keys/openssh_cipher.hpp"

#include "keys/botan_guard.hpp"

#include <nacre/keys/key_fault.hpp>

#include <botan/cipher_mode.h>
#include <botan/exceptn.h>
#include <botan/mac.h>
#include <botan/pwdhash.h>
#include <botan/stream_cipher.h>

namespace nacre::detail {

namespace {

constexpr KeyFileCipher kCiphers[] = {
    {"none", CipherMode::none, "", 0, 0, 8, 0},
    {"aes256-ctr", CipherMode::ctr, "CTR-BE(AES-256)", 32, 16, 16, 0},
    {"aes192-ctr", CipherMode::ctr, "CTR-BE(AES-192)", 24, 16, 16, 0},
    {"aes128-ctr", CipherMode::ctr, "CTR-BE(AES-128)", 16, 16, 16, 0},
    {"aes256-cbc", CipherMode::cbc, "AES-256/CBC/NoPadding", 32, 16, 16, 0},
    {"aes192-cbc", CipherMode::cbc, "AES-192/CBC/NoPadding", 24, 16, 16, 0},
    {"aes128-cbc", CipherMode::cbc, "AES-128/CBC/NoPadding", 16, 16, 16, 0},
    {"3des-cbc", CipherMode::cbc, "TripleDES/CBC/NoPadding", 24, 8, 8, 0},
    {"aes256-gcm@openssh.com", CipherMode::gcm, "AES-256/GCM", 32, 12, 16, 16},
    {"aes128-gcm@openssh.com", CipherMode::gcm, "AES-128/GCM", 16, 12, 16, 16},
    {"chacha20-poly1305@openssh.com", CipherMode::chacha, "ChaCha(20)", 64, 0, 8, 16},
};

constexpr Error kNotDecrypted = key_error(KeyFault::damaged, "damaged encryption of a private key");
constexpr Error kWrongTag =
    key_error(KeyFault::wrong_passphrase, "wrong passphrase, or the private key file is damaged");

Result<SecretBytes> apply_ctr(const KeyFileCipher& cipher, ByteView key, ByteView iv,
                              ByteView input) {
    const auto stream = Botan::StreamCipher::create_or_throw(cipher.botan);
    stream->set_key(key);
    stream->set_iv(iv);
    SecretBytes output(input);
    stream->cipher1(output.data(), output.size());
    return output;
}

Result<SecretBytes> open_cbc_or_gcm(const KeyFileCipher& cipher, ByteView key, ByteView iv,
                                    ByteView encrypted, ByteView tag) {
    const auto mode =
        Botan::Cipher_Mode::create_or_throw(cipher.botan, Botan::Cipher_Dir::Decryption);
    mode->set_key(key);
    mode->start(iv);
    Botan::secure_vector<std::uint8_t> buffer(encrypted.begin(), encrypted.end());
    buffer.insert(buffer.end(), tag.begin(), tag.end());
    mode->finish(buffer);
    return SecretBytes(ByteView(buffer));
}

// PROTOCOL.chacha20poly1305 with sequence number 0 and no length: only the first half of the key is
// used, Poly1305 is keyed with block 0 and the data starts at block 1.
Result<SecretBytes> open_chacha(const KeyFileCipher& cipher, ByteView key, ByteView encrypted,
                                ByteView tag) {
    const auto stream = Botan::StreamCipher::create_or_throw(cipher.botan);
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("Poly1305");
    constexpr std::uint8_t kNonce[8] = {};
    stream->set_key(key.first(32));
    stream->set_iv(kNonce);
    SecretBytes mac_key(32);
    stream->write_keystream(mac_key.span());
    mac->set_key(mac_key.view());
    mac->update(encrypted);
    if (!mac->verify_mac(tag)) return kWrongTag;
    stream->seek(64);
    SecretBytes output(encrypted);
    stream->cipher1(output.data(), output.size());
    return output;
}

}  // namespace

const KeyFileCipher* find_key_file_cipher(std::string_view name) noexcept {
    for (const KeyFileCipher& cipher : kCiphers)
        if (cipher.name == name) return &cipher;
    return nullptr;
}

Result<SecretBytes> bcrypt_pbkdf(ByteView passphrase, ByteView salt, std::uint32_t rounds,
                                 std::size_t size) noexcept {
    return guarded(kNotDecrypted, [&]() -> Result<SecretBytes> {
        const auto derivation =
            Botan::PasswordHashFamily::create_or_throw("Bcrypt-PBKDF")->from_params(rounds);
        SecretBytes out(size);
        const auto text = as_text(passphrase);
        derivation->derive_key(out.data(), out.size(), text.data(), text.size(), salt.data(),
                               salt.size());
        return out;
    });
}

Result<SecretBytes> open_key_file(const KeyFileCipher& cipher, ByteView key_and_iv,
                                  ByteView encrypted, ByteView tag) noexcept {
    const ByteView key = key_and_iv.first(cipher.key);
    const ByteView iv = key_and_iv.subspan(cipher.key);
    const Error on_throw = cipher.tag != 0 ? kWrongTag : kNotDecrypted;
    return guarded(on_throw, [&]() -> Result<SecretBytes> {
        switch (cipher.mode) {
            case CipherMode::none:
                return SecretBytes(encrypted);
            case CipherMode::ctr:
                return apply_ctr(cipher, key, iv, encrypted);
            case CipherMode::cbc:
            case CipherMode::gcm:
                return open_cbc_or_gcm(cipher, key, iv, encrypted, tag);
            case CipherMode::chacha:
                return open_chacha(cipher, key, encrypted, tag);
        }
        return kNotDecrypted;
    });
}

Result<SecretBytes> seal_key_file(const KeyFileCipher& cipher, ByteView key_and_iv,
                                  ByteView plaintext) noexcept {
    return guarded(kNotDecrypted, [&]() -> Result<SecretBytes> {
        if (cipher.mode == CipherMode::none) return SecretBytes(plaintext);
        return apply_ctr(cipher, key_and_iv.first(cipher.key), key_and_iv.subspan(cipher.key),
                         plaintext);
    });
}

}  // namespace nacre::detail
