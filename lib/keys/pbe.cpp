#include "keys/pbe.hpp"

#include "keys/botan_guard.hpp"
#include "keys/der_writer.hpp"
#include "keys/pkcs12_kdf.hpp"

#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/pwdhash.h>
#include <botan/stream_cipher.h>

namespace nacre::detail {

namespace {

constexpr Error kWrongPassphrase =
    key_error(KeyFault::wrong_passphrase, "wrong passphrase, or the private key file is damaged");

// RFC 8018 s5.1
SecretBytes pbkdf1(const PbeScheme& scheme, ByteView passphrase, std::size_t size) {
    const auto hash = Botan::HashFunction::create_or_throw(scheme.hash);
    hash->update(passphrase);
    hash->update(scheme.salt);
    auto block = hash->final();
    for (std::uint32_t i = 1; i < scheme.iterations; ++i) {
        hash->update(block);
        hash->final(block);
    }
    return SecretBytes(ByteView(block).first(size));
}

std::unique_ptr<Botan::PasswordHash> kdf_of(const PbeScheme& scheme) {
    const std::string hash = scheme.hash;
    if (scheme.kdf == PbeKdf::scrypt)
        return Botan::PasswordHashFamily::create_or_throw("Scrypt")->from_params(
            scheme.iterations, scheme.scrypt_r, scheme.scrypt_p);
    return Botan::PasswordHashFamily::create_or_throw("PBKDF2(HMAC(" + hash + "))")
        ->from_params(scheme.iterations);
}

SecretBytes derive(const PbeScheme& scheme, ByteView passphrase, std::size_t size,
                   Pkcs12Purpose purpose) {
    if (scheme.kdf == PbeKdf::pkcs12)
        return derive_pkcs12({scheme.hash, purpose, scheme.salt, scheme.iterations}, passphrase,
                             size);
    SecretBytes out(size);
    const auto text = as_text(passphrase);
    kdf_of(scheme)->derive_key(out.data(), out.size(), text.data(), text.size(), scheme.salt.data(),
                               scheme.salt.size());
    return out;
}

struct KeyAndIv {
    SecretBytes key;
    SecretBytes iv;
};

KeyAndIv derive_all(const PbeScheme& scheme, ByteView passphrase) {
    if (scheme.kdf == PbeKdf::pbkdf1) {
        const SecretBytes both = pbkdf1(scheme, passphrase, scheme.key + scheme.iv);
        return {SecretBytes(both.view().first(scheme.key)),
                SecretBytes(both.view().last(scheme.iv))};
    }
    SecretBytes key = derive(scheme, passphrase, scheme.key, Pkcs12Purpose::key);
    if (scheme.iv == 0) return {std::move(key), SecretBytes(ByteView(scheme.given_iv))};
    return {std::move(key), derive(scheme, passphrase, scheme.iv, Pkcs12Purpose::iv)};
}

SecretBytes run(const PbeScheme& scheme, const KeyAndIv& keys, ByteView input,
                Botan::Cipher_Dir direction) {
    if (std::string_view(scheme.cipher) == "RC4") {
        const auto stream = Botan::StreamCipher::create_or_throw(scheme.cipher);
        stream->set_key(keys.key.view());
        SecretBytes output(input);
        stream->cipher1(output.data(), output.size());
        return output;
    }
    const auto mode = Botan::Cipher_Mode::create_or_throw(scheme.cipher, direction);
    mode->set_key(keys.key.view());
    mode->start(keys.iv.view());
    Botan::secure_vector<std::uint8_t> buffer(input.begin(), input.end());
    mode->finish(buffer);
    return SecretBytes(ByteView(buffer));
}

// RFC 8018 appendix A.2 and RFC 7914 s7
SecretBytes kdf_identifier(const PbeScheme& scheme) {
    const SecretBytes salt = der_element(der::kOctetString, scheme.salt);
    const SecretBytes cost = der_number(scheme.iterations);
    if (scheme.kdf == PbeKdf::scrypt)
        return der_sequence(
            der_oid("1.3.6.1.4.1.11591.4.11"),
            der_sequence(salt, cost, der_number(scheme.scrypt_r), der_number(scheme.scrypt_p)));
    const SecretBytes prf =
        der_sequence(der_oid("1.2.840.113549.2.9"), der_element(der::kNull, {}));
    return der_sequence(der_oid("1.2.840.113549.1.5.12"), der_sequence(salt, cost, prf));
}

}  // namespace

Result<SecretBytes> open_pbe(const PbeScheme& scheme, ByteView passphrase,
                             ByteView ciphertext) noexcept {
    return guarded(kWrongPassphrase, [&]() -> Result<SecretBytes> {
        return run(scheme, derive_all(scheme, passphrase), ciphertext,
                   Botan::Cipher_Dir::Decryption);
    });
}

Result<Pbes2Sealed> seal_pbes2(ByteView plaintext, ByteView passphrase, Pkcs8Kdf kdf,
                               Rng& rng) noexcept {
    constexpr Error kFailed{Errc::crypto_failed, Disconnect::none, 0,
                            "private key could not be encrypted"};
    return guarded(kFailed, [&]() -> Result<Pbes2Sealed> {
        PbeScheme scheme;
        scheme.kdf = kdf == Pkcs8Kdf::scrypt ? PbeKdf::scrypt : PbeKdf::pbkdf2;
        scheme.hash = "SHA-256";
        scheme.iterations = kdf == Pkcs8Kdf::scrypt ? kPkcs8ScryptN : kPkcs8Pbkdf2Iterations;
        scheme.scrypt_r = 8;
        scheme.scrypt_p = 1;
        scheme.cipher = "AES-256/CBC/PKCS7";
        scheme.key = 32;
        scheme.salt = Bytes(16);
        scheme.given_iv = Bytes(16);
        rng.fill(scheme.salt);
        rng.fill(scheme.given_iv);
        const SecretBytes cipher = der_sequence(der_oid("2.16.840.1.101.3.4.1.42"),
                                                der_element(der::kOctetString, scheme.given_iv));
        Pbes2Sealed sealed;
        sealed.algorithm = der_sequence(der_oid("1.2.840.113549.1.5.13"),
                                        der_sequence(kdf_identifier(scheme), cipher));
        sealed.ciphertext =
            run(scheme, derive_all(scheme, passphrase), plaintext, Botan::Cipher_Dir::Encryption);
        return sealed;
    });
}

}  // namespace nacre::detail
