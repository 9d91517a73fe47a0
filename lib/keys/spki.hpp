/// \file
/// SubjectPublicKeyInfo (RFC 5280 s4.1, RFC 3279, RFC 5480, RFC 8410) and RSAPublicKey (RFC 8017),
/// from and to public key blobs.
#pragma once
#include "keys/der.hpp"

namespace nacre::detail {

/// Takes a SubjectPublicKeyInfo; the blob of RFC 4253 s6.6. Errors: damaged, truncated,
/// unsupported, out_of_memory.
Result<Bytes> take_spki(DerReader& from);

/// Takes an RSAPublicKey. Errors as above.
Result<Bytes> take_rsa_public_key(DerReader& from);

/// The DER of a SubjectPublicKeyInfo. Errors: unsupported (the type has none), peer_malformed.
Result<SecretBytes> spki_of(ByteView blob);

}  // namespace nacre::detail
