/// \file
/// RSAPrivateKey (RFC 8017 appendix A.1.2) and OpenSSL's DSAPrivateKey.
#pragma once
#include "keys/der.hpp"

#include <nacre/crypto/key.hpp>

namespace nacre::detail {

/// Takes an RSAPrivateKey. Errors as read_private_fields; truncated.
Result<PrivateKey> take_rsa_private_key(DerReader& from) noexcept;

/// Takes SEQUENCE { 0, p, q, g, y, x }. Errors as read_private_fields; truncated.
Result<PrivateKey> take_dsa_private_key(DerReader& from) noexcept;

}  // namespace nacre::detail
