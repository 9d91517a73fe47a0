/// \file
/// ECPrivateKey (RFC 5915).
#pragma once
#include "keys/pem.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

/// `EC PRIVATE KEY`, in clear or encrypted as its DEK-Info says.
Result<PrivateKey> read_sec1_key(const Pem& pem, const AskPassphrase& ask);

/// The DER encoding alone. `curve_oid` in dotted decimals is that of the PKCS#8 structure around
/// it, or empty; where both name a curve they must agree.
Result<PrivateKey> read_sec1_der(ByteView der, std::string_view curve_oid) noexcept;

}  // namespace nacre::detail
