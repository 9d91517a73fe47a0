/// \file
/// The key in an X.509 certificate (RFC 5280 s4.1). Nothing else in it is judged here.
#pragma once
#include "keys/der.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre::detail {

/// Takes a certificate: keeps its DER, and its key unless the type of the key is not supported.
/// Errors: damaged, truncated, over_limit, out_of_memory.
Result<void> take_certificate(DerReader& from, LoadedKey& into);

/// The last step of a file of certificates: it is an error when none of their keys is known.
Result<void> check_certificates(const LoadedKey& loaded);

}  // namespace nacre::detail
