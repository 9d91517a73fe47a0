/// \file
/// ECPrivateKey (RFC 5915).
#pragma once
#include "keys/der.hpp"

#include <nacre/crypto/key.hpp>

#include <string_view>

namespace nacre::detail {

/// Takes an ECPrivateKey. `curve_oid` in dotted decimals is that of the PKCS#8 structure around it,
/// or empty; where both name a curve they must agree. Errors as read_private_fields; truncated.
Result<PrivateKey> take_ec_private_key(DerReader& from, std::string_view curve_oid);

/// Takes the ECParameters (RFC 3279 s2.3.5) that `from` stands at: the OID of a curve.
/// Errors: unsupported when the curve is described by numbers; damaged.
Result<std::string> take_curve(DerReader& from);

}  // namespace nacre::detail
