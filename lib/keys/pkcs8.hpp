/// \file
/// PrivateKeyInfo and EncryptedPrivateKeyInfo (RFC 5208, RFC 5958, RFC 8410).
#pragma once
#include "keys/der.hpp"
#include "keys/passphrase.hpp"

namespace nacre::detail {

/// Takes a PrivateKeyInfo. Errors as read_private_fields; truncated.
Result<PrivateKey> take_pkcs8_key(DerReader& from);

/// Takes an EncryptedPrivateKeyInfo. Errors as above, and over_limit, needs_passphrase,
/// wrong_passphrase.
Result<PrivateKey> take_encrypted_pkcs8_key(DerReader& from, Unlock& unlock);

}  // namespace nacre::detail
