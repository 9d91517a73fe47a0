/// \file
/// The certificates in a PKCS#7 file: SignedData without anything signed (RFC 5652 s5.1).
#pragma once
#include "keys/der.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre::detail {

/// Takes a ContentInfo. Signatures, if there are any, are not looked at. Errors: damaged,
/// truncated, over_limit, unsupported, out_of_memory.
Result<void> take_pkcs7(DerReader& from, LoadedKey& into);

}  // namespace nacre::detail
