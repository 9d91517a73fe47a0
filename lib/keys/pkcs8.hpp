/// \file
/// PrivateKeyInfo and EncryptedPrivateKeyInfo (RFC 5208, RFC 8018, RFC 8410).
#pragma once
#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

constexpr std::size_t kMaxPbkdf2Iterations = 10'000'000;
constexpr std::size_t kMaxScryptMemory = 256 * 1024 * 1024;  ///< bytes, 128 * N * r
constexpr std::size_t kMaxScryptParallelism = 16;

/// `PRIVATE KEY`
Result<PrivateKey> read_pkcs8_key(ByteView der) noexcept;

/// `ENCRYPTED PRIVATE KEY`: PBES2 with PBKDF2 or scrypt.
Result<PrivateKey> read_encrypted_pkcs8_key(ByteView der, const AskPassphrase& ask);

}  // namespace nacre::detail
