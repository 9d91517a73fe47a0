/// \file
/// Key files in DER without a frame: what kind of key they hold shows in their first elements.
#pragma once
#include "keys/passphrase.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre::detail {

/// Whether `file` can be DER: a SEQUENCE that fills it, or was cut off.
bool looks_like_der(ByteView file) noexcept;

/// Errors: see KeyFault, with the offset in `file`; out_of_memory.
Result<void> load_der(ByteView file, Unlock& unlock, LoadedKey& into);

/// Reads DER that is known to be of `format`: one of those that have DER.
Result<void> load_der_as(KeyFormat format, ByteView file, Unlock& unlock, LoadedKey& into);

}  // namespace nacre::detail
