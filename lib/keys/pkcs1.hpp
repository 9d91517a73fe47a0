/// \file
/// RSAPrivateKey (RFC 8017 appendix A.1.2).
#pragma once
#include "keys/pem.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

/// `RSA PRIVATE KEY`, in clear or encrypted as its DEK-Info says.
Result<PrivateKey> read_pkcs1_key(const Pem& pem, const AskPassphrase& ask);

/// The DER encoding alone.
Result<PrivateKey> read_pkcs1_der(ByteView der) noexcept;

}  // namespace nacre::detail
