/// \file
/// The old encryption of PEM files: RFC 1421 headers, a key from MD5.
#pragma once
#include "keys/passphrase.hpp"
#include "keys/pem.hpp"

namespace nacre::detail {

bool is_dek_encrypted(const Pem& pem) noexcept;

/// The plaintext. Errors: needs_passphrase, wrong_passphrase, damaged, unsupported, out_of_memory.
Result<SecretBytes> open_dek(const Pem& pem, Unlock& unlock);

}  // namespace nacre::detail
