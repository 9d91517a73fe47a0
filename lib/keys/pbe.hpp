/// \file
/// Encryption under a passphrase as an AlgorithmIdentifier names it: PBES1 and PBES2 (RFC 8018) and
/// the schemes of PKCS#12 (RFC 7292 appendix C).
#pragma once
#include "keys/der.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

constexpr std::uint32_t kMaxKdfIterations = 10'000'000;
constexpr std::size_t kMaxScryptMemory = 256 * 1024 * 1024;  ///< bytes, 128 * N * r
constexpr std::uint32_t kMaxScryptBlock = 256;               ///< r; Botan takes no more
constexpr std::uint32_t kMaxScryptParallelism = 16;
constexpr std::size_t kMaxKdfSalt = 1024;  ///< bytes

enum class PbeKdf : std::uint8_t { pbkdf1, pkcs12, pbkdf2, scrypt };

/// What an AlgorithmIdentifier said. Everything in it is within its limits and available here.
struct PbeScheme {
    KeyEncryption info;
    PbeKdf kdf = PbeKdf::pbkdf2;
    const char* hash = "";    ///< Botan's name; of PBKDF2 that of the hash in the HMAC
    const char* cipher = "";  ///< Botan's name of the mode with its padding, or "RC4"
    std::size_t key = 0;      ///< bytes
    std::size_t iv = 0;       ///< bytes, when they are derived like the key and not in `given_iv`
    Bytes salt;
    std::uint32_t iterations = 0;  ///< of scrypt N
    std::uint32_t scrypt_r = 0, scrypt_p = 0;
    Bytes given_iv;
};

/// Takes the AlgorithmIdentifier that `from` stands at. No work is done yet.
/// Errors: damaged, truncated, over_limit, unsupported (the text names the cipher), out_of_memory.
Result<PbeScheme> take_pbe_scheme(DerReader& from);

/// The plaintext. Where the scheme has no check of its own and the padding happens to fit, a wrong
/// passphrase gives garbage. Errors: wrong_passphrase, out_of_memory.
Result<SecretBytes> open_pbe(const PbeScheme& scheme, ByteView passphrase,
                             ByteView ciphertext) noexcept;

/// What write_pkcs8_private_key() needs: PBES2 with AES-256-CBC. Errors: crypto_failed,
/// out_of_memory.
struct Pbes2Sealed {
    SecretBytes algorithm;  ///< AlgorithmIdentifier
    SecretBytes ciphertext;
};
Result<Pbes2Sealed> seal_pbes2(ByteView plaintext, ByteView passphrase, Pkcs8Kdf kdf,
                               Rng& rng) noexcept;

}  // namespace nacre::detail
