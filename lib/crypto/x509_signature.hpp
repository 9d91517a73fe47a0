/// \file
/// Signatures by the keys of X.509 certificates, from and to those of plain keys.
#pragma once
#include <nacre/crypto/x509.hpp>

#include <optional>

namespace nacre::detail {

/// The plain key's signature in one of `algorithm`; nullopt when it is none.
std::optional<Bytes> plain_signature(const X509Algorithm& algorithm, ByteView signature);

/// The signature of `algorithm` for one that the plain key made.
Result<Signature> x509_signature(const X509Algorithm& algorithm, Signature plain);

}  // namespace nacre::detail
