/// \file
/// Private key files: openssh-key-v1, PKCS#1, SEC1 and PKCS#8, in clear or encrypted.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/crypto/key.hpp>
#include <nacre/keys/key_fault.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace nacre {

constexpr std::size_t kMaxKeyFile = 1024 * 1024;  ///< bytes in a private key file
/// Most rounds of bcrypt_pbkdf that reading spends on a file (24 take about a quarter of a second).
constexpr std::uint32_t kMaxBcryptRounds = 1024;
constexpr std::uint32_t kDefaultBcryptRounds = 24;

/// How a key file was encrypted. The texts are literals, in the spelling of the programs that write
/// the format: "aes256-ctr" and "bcrypt", "AES-256-CBC" and "PBKDF2", "aes256-cbc" and "Argon2id".
struct KeyEncryption {
    std::string_view cipher;
    std::string_view kdf;  ///< "MD5" is that of DEK-Info
    std::string_view prf;  ///< "HMAC-SHA256", ...: hash in the key derivation; empty if it is fixed
    std::uint64_t cost = 0;         ///< iterations, rounds or passes; of scrypt its N
    std::uint32_t memory = 0;       ///< KiB that the derivation takes; 0 when it needs none
    std::uint32_t parallelism = 0;  ///< lanes; 0 when the derivation has none
};

/// Asked for a passphrase, at most once, and only when the file is encrypted. nullopt: there is
/// none.
using AskPassphrase = std::function<std::optional<SecretBytes>()>;

/// Reads the first key in `file`: `OPENSSH PRIVATE KEY` (bcrypt with aes128/192/256-ctr,
/// aes256-cbc, aes128/256-gcm@openssh.com or chacha20-poly1305@openssh.com), `RSA PRIVATE KEY`,
/// `DSA PRIVATE KEY` and `EC PRIVATE KEY` (DEK-Info AES-128/192/256-CBC, DES-EDE3-CBC or DES-CBC),
/// `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` (PBES1, PBES2 and the schemes of PKCS#12, but for RC2).
/// That the private half belongs to the public half has been checked.
/// For every format that there is, see load_key().
/// Errors: see KeyFault, and offset_of() for the place; out_of_memory.
Result<PrivateKey> read_private_key(ByteView file, const AskPassphrase& ask = {});

/// Same, with a passphrase at hand; it is not used when the file is in clear.
Result<PrivateKey> read_private_key(ByteView file, const SecretBytes& passphrase);

/// `key` as an openssh-key-v1 file, encrypted with `cipher` under bcrypt_pbkdf of `passphrase` (not
/// empty), or in clear when it is nullptr. `rounds` is 1..kMaxBcryptRounds; `cipher` is aes256-ctr,
/// aes192-ctr or aes128-ctr.
/// Errors: local_misuse, unsupported (cipher), out_of_memory, crypto_failed.
Result<SecretBytes> write_openssh_private_key(const PrivateKey& key, const SecretBytes* passphrase,
                                              Rng& rng, std::uint32_t rounds = kDefaultBcryptRounds,
                                              std::string_view cipher = "aes256-ctr");

/// How write_pkcs8_private_key() derives the key from the passphrase.
enum class Pkcs8Kdf : std::uint8_t { pbkdf2, scrypt };
constexpr std::uint32_t kPkcs8Pbkdf2Iterations = 200'000;  ///< of HMAC-SHA256
constexpr std::uint32_t kPkcs8ScryptN = 16'384;            ///< with r = 8, p = 1: 16 MiB

/// `key` as a PKCS#8 file (PEM), encrypted by PBES2 with AES-256-CBC under `passphrase` (not
/// empty), or in clear when it is nullptr. Types ssh-rsa, ssh-dss, ecdsa-sha2-nistp256/384/521,
/// ssh-ed25519 and ssh-ed448; the comment has no place in it. Errors: local_misuse, unsupported,
/// out_of_memory, crypto_failed.
Result<SecretBytes> write_pkcs8_private_key(const PrivateKey& key, const SecretBytes* passphrase,
                                            Rng& rng, Pkcs8Kdf kdf = Pkcs8Kdf::pbkdf2);

}  // namespace nacre
