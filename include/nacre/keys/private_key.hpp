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

namespace nacre {

constexpr std::size_t kMaxKeyFile = 1024 * 1024;  ///< bytes in a private key file
/// Most rounds of bcrypt_pbkdf that reading spends on a file (24 take about a quarter of a second).
constexpr std::uint32_t kMaxBcryptRounds = 1024;
constexpr std::uint32_t kDefaultBcryptRounds = 24;

/// Asked for a passphrase, at most once, and only when the file is encrypted. nullopt: there is
/// none.
using AskPassphrase = std::function<std::optional<SecretBytes>()>;

/// Reads the one key in `file`: `OPENSSH PRIVATE KEY` (bcrypt with aes128/192/256-ctr, aes256-cbc,
/// aes128/256-gcm@openssh.com or chacha20-poly1305@openssh.com), `RSA PRIVATE KEY` and
/// `EC PRIVATE KEY` (DEK-Info AES-128/192/256-CBC or DES-EDE3-CBC), `PRIVATE KEY`,
/// `ENCRYPTED PRIVATE KEY` (PBES2). Key types ssh-ed25519, ecdsa-sha2-nistp256/384/521 and ssh-rsa.
/// That the private half belongs to the public half has been checked.
/// Errors: see KeyFault; out_of_memory.
Result<PrivateKey> read_private_key(ByteView file, const AskPassphrase& ask = {});

/// Same, with a passphrase at hand; it is not used when the file is in clear.
Result<PrivateKey> read_private_key(ByteView file, const SecretBytes& passphrase);

/// `key` as an openssh-key-v1 file, encrypted with aes256-ctr under bcrypt_pbkdf of `passphrase`
/// (not empty), or in clear when it is nullptr. `rounds` is 1..kMaxBcryptRounds.
/// Errors: local_misuse, out_of_memory, crypto_failed.
Result<SecretBytes> write_openssh_private_key(const PrivateKey& key, const SecretBytes* passphrase,
                                              Rng& rng,
                                              std::uint32_t rounds = kDefaultBcryptRounds);

}  // namespace nacre
