/// \file
/// How openssh-key-v1 files are encrypted.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <string_view>

namespace nacre::detail {

enum class CipherMode : std::uint8_t { none, ctr, cbc, gcm, chacha };

struct KeyFileCipher {
    std::string_view name;
    CipherMode mode = CipherMode::none;
    const char* botan = "";  ///< block cipher
    std::size_t key = 0;     ///< bytes
    std::size_t iv = 0;
    std::size_t block = 8;  ///< what the plaintext is padded to
    std::size_t tag = 0;    ///< behind the encrypted string, outside of it
};

/// nullptr when it is not known.
const KeyFileCipher* find_key_file_cipher(std::string_view name) noexcept;

/// Key and iv together. Precondition: passphrase not empty, rounds > 0. Errors: damaged,
/// out_of_memory.
Result<SecretBytes> bcrypt_pbkdf(ByteView passphrase, ByteView salt, std::uint32_t rounds,
                                 std::size_t size) noexcept;

/// The plaintext of `encrypted`. Errors: wrong_passphrase when `tag` does not fit, damaged,
/// out_of_memory.
Result<SecretBytes> open_key_file(const KeyFileCipher& cipher, ByteView key_and_iv,
                                  ByteView encrypted, ByteView tag) noexcept;

/// The same size, encrypted. Only for ciphers without tag.
Result<SecretBytes> seal_key_file(const KeyFileCipher& cipher, ByteView key_and_iv,
                                  ByteView plaintext) noexcept;

}  // namespace nacre::detail
