/// \file
/// Keys in X.509 certificates (crypto/x509.hpp).
#pragma once
#include <nacre/crypto/x509.hpp>

namespace nacre::detail {

/// The key of a blob that has certificates in it, each of which is well-formed. May throw.
/// Errors: as Provider::public_key().
Result<std::shared_ptr<const PublicKey>> parse_x509_key(ByteView blob, const Provider& provider);

}  // namespace nacre::detail
