/// \file
/// Keys in X.509 certificates (crypto/x509.hpp).
#pragma once
#include <nacre/crypto/x509.hpp>

#include <botan/x509cert.h>

namespace nacre::detail {

/// The key of a blob that has certificates in it, each of which is well-formed. May throw.
/// Errors: as Provider::public_key().
Result<std::shared_ptr<const PublicKey>> parse_x509_key(ByteView blob, const Provider& provider);

/// The blob that the key of a certificate has in SSH, as far as it can be made without computing.
/// May throw. Errors: unsupported (there is none).
Result<Bytes> x509_key_blob(const Botan::X509_Certificate& certificate);

}  // namespace nacre::detail
