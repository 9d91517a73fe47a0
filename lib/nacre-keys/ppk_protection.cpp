#include "nacre-keys/ppk_protection.hpp"

#include "keys/botan_guard.hpp"

#include <nacre/wire/writer.hpp>

#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/pwdhash.h>

namespace nacre::detail {

namespace {

constexpr Error kFailed{Errc::crypto_failed, Disconnect::none, 0,
                        "cryptography of a PuTTY key file failed"};
constexpr std::size_t kCipherKey = 32;
constexpr std::size_t kMacKey = 32;  // version 3

SecretBytes sha1(ByteView first, ByteView second) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-1");
    hash->update(first);
    hash->update(second);
    SecretBytes out(hash->output_length());
    hash->final(out.data());
    return out;
}

PpkKeys derive_v2(bool encrypted, ByteView passphrase) {
    PpkKeys keys;
    if (encrypted) {
        constexpr std::uint8_t kFirst[4] = {0, 0, 0, 0};
        constexpr std::uint8_t kSecond[4] = {0, 0, 0, 1};
        SecretBuffer key;
        key.append(sha1(kFirst, passphrase));
        key.append(sha1(kSecond, passphrase));
        keys.cipher_key = SecretBytes(key.view().first(kCipherKey));
        keys.iv = SecretBytes(kPpkBlock);
        std::fill_n(keys.iv.data(), kPpkBlock, std::uint8_t{0});
    }
    keys.mac_key =
        sha1(as_bytes("putty-private-key-file-mac-key"), encrypted ? passphrase : ByteView{});
    return keys;
}

PpkKeys derive_v3(const PpkArgon2& argon2, ByteView passphrase) {
    const auto derivation = Botan::PasswordHashFamily::create_or_throw(argon2.flavour)
                                ->from_params(argon2.memory, argon2.passes, argon2.parallelism);
    SecretBytes all(kCipherKey + kPpkBlock + kMacKey);
    const auto text = as_text(passphrase);
    derivation->derive_key(all.data(), all.size(), text.data(), text.size(), argon2.salt.data(),
                           argon2.salt.size());
    PpkKeys keys;
    keys.cipher_key = SecretBytes(all.view().first(kCipherKey));
    keys.iv = SecretBytes(all.view().subspan(kCipherKey, kPpkBlock));
    keys.mac_key = SecretBytes(all.view().last(kMacKey));
    return keys;
}

Result<SecretBytes> run_cipher(const PpkKeys& keys, ByteView input, Botan::Cipher_Dir direction) {
    if (input.size() % kPpkBlock != 0) return kFailed;
    const auto mode = Botan::Cipher_Mode::create_or_throw("AES-256/CBC/NoPadding", direction);
    mode->set_key(keys.cipher_key.view());
    mode->start(keys.iv.view());
    Botan::secure_vector<std::uint8_t> buffer(input.begin(), input.end());
    mode->finish(buffer);
    return SecretBytes(ByteView(buffer));
}

}  // namespace

Result<PpkKeys> derive_ppk_keys(const PpkFile& file, ByteView passphrase) noexcept {
    return guarded(kFailed, [&]() -> Result<PpkKeys> {
        if (file.version == 2) return derive_v2(file.encrypted, passphrase);
        if (file.encrypted) return derive_v3(file.argon2, passphrase);
        return PpkKeys();  // the MAC key is empty
    });
}

Result<Bytes> ppk_mac(const PpkFile& file, ByteView plaintext, const PpkKeys& keys) noexcept {
    return guarded(kFailed, [&]() -> Result<Bytes> {
        const auto mac = Botan::MessageAuthenticationCode::create_or_throw(
            file.version == 2 ? "HMAC(SHA-1)" : "HMAC(SHA-256)");
        SecretBuffer covered;
        Writer<SecretBuffer> writer(covered);
        writer.string(file.type).string(file.encrypted ? kPpkAes : kPpkNoEncryption);
        writer.string(file.comment).string(file.public_blob).string(plaintext);
        mac->set_key(keys.mac_key.view());
        mac->update(covered.view());
        Bytes out(mac->output_length());
        mac->final(out.data());
        return out;
    });
}

Result<SecretBytes> encrypt_ppk(const PpkKeys& keys, ByteView plaintext) noexcept {
    return guarded(kFailed,
                   [&] { return run_cipher(keys, plaintext, Botan::Cipher_Dir::Encryption); });
}

Result<SecretBytes> decrypt_ppk(const PpkKeys& keys, ByteView ciphertext) noexcept {
    return guarded(kFailed,
                   [&] { return run_cipher(keys, ciphertext, Botan::Cipher_Dir::Decryption); });
}

Result<SecretBytes> pad_ppk(ByteView blob) noexcept {
    return guarded(kFailed, [&]() -> Result<SecretBytes> {
        const std::size_t missing = (kPpkBlock - blob.size() % kPpkBlock) % kPpkBlock;
        SecretBuffer padded;
        padded.append(blob);
        padded.append(sha1(blob, {}).view().first(missing));
        return SecretBytes(padded.view());
    });
}

}  // namespace nacre::detail
