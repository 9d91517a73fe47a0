/// \file
/// PuTTY's private key files (.ppk), formats 2 and 3. In library nacre-keys.
#pragma once
#include <nacre/keys/private_key.hpp>

namespace nacre {

constexpr std::uint32_t kMaxPpkMemory = 1024 * 1024;  ///< KiB of memory for Argon2
/// KiB of memory times passes of Argon2 that are spent on a file: some ten seconds. PuTTY's default
/// takes a hundredth.
constexpr std::uint64_t kMaxPpkWork = 16 * 1024 * 1024;
constexpr std::uint32_t kMaxPpkParallelism = 16;  ///< lanes of Argon2

/// What writing spends on the passphrase, within the limits above.
struct PpkCost {
    std::uint32_t memory = 8192;  ///< KiB, at least 8
    std::uint32_t passes = 21;
};

/// Reads a file of format 2 or 3: ssh-ed25519, ssh-ed448, ecdsa-sha2-nistp256/384/521, ssh-rsa,
/// ssh-dss. The MAC is checked before anything that it covers is used. Errors: see KeyFault, and
/// offset_of() for the place; out_of_memory. An encrypted file that is damaged cannot be told from
/// a wrong passphrase: both are wrong_passphrase.
Result<PrivateKey> read_ppk(ByteView file, const AskPassphrase& ask = {});

/// Same, with a passphrase at hand; it is not used when the file is in clear.
Result<PrivateKey> read_ppk(ByteView file, const SecretBytes& passphrase);

/// `key` as a file of format 3, encrypted with aes256-cbc under Argon2id of `passphrase` (not
/// empty), or in clear when it is nullptr. Errors: local_misuse, unsupported, out_of_memory,
/// crypto_failed.
Result<SecretBytes> write_ppk(const PrivateKey& key, const SecretBytes* passphrase, Rng& rng,
                              PpkCost cost = {});

/// Same in format 2, for PuTTY older than 0.75. Its key is a plain SHA-1 of the passphrase, which
/// makes it weak: write it only for those who ask. Errors: as write_ppk.
Result<SecretBytes> write_ppk_v2(const PrivateKey& key, const SecretBytes* passphrase);

}  // namespace nacre
