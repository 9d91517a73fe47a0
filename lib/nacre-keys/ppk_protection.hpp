/// \file
/// Encryption and MAC of PuTTY private key files.
#pragma once
#include "nacre-keys/ppk_file.hpp"

namespace nacre::detail {

constexpr std::size_t kPpkBlock = 16;  ///< bytes the private blob of an encrypted file is padded to

struct PpkKeys {
    SecretBytes cipher_key, iv;  ///< empty when the file is not encrypted
    SecretBytes mac_key;
};

/// \param passphrase  of no importance when the file is not encrypted
/// Errors: crypto_failed, out_of_memory.
Result<PpkKeys> derive_ppk_keys(const PpkFile& file, ByteView passphrase) noexcept;

/// The MAC over all that matters in the file. `plaintext` is the private blob with its padding.
Result<Bytes> ppk_mac(const PpkFile& file, ByteView plaintext, const PpkKeys& keys) noexcept;

/// Same size as the input, a multiple of kPpkBlock.
Result<SecretBytes> encrypt_ppk(const PpkKeys& keys, ByteView plaintext) noexcept;
Result<SecretBytes> decrypt_ppk(const PpkKeys& keys, ByteView ciphertext) noexcept;

/// `blob` with the first bytes of its SHA-1 behind it, so that it fills whole blocks.
Result<SecretBytes> pad_ppk(ByteView blob) noexcept;

}  // namespace nacre::detail
