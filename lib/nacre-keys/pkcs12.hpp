/// \file
/// PKCS#12 files (RFC 7292), for load_key().
#pragma once
#include "keys/der.hpp"
#include "keys/passphrase.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre::detail {

constexpr int kMaxPkcs12Nesting = 4;  ///< of SafeContents within each other

/// Takes a PFX: its keys and certificates. Errors: see KeyFault; out_of_memory.
Result<void> take_pkcs12(DerReader& from, Unlock& unlock, LoadedKey& into);

}  // namespace nacre::detail
