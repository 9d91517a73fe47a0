/// \file
/// PuTTY's private key files, for load_key().
#pragma once
#include "keys/passphrase.hpp"
#include "nacre-keys/ppk_file.hpp"

namespace nacre::detail {

/// The key of a file that parse_ppk() took apart. Errors: see KeyFault; out_of_memory.
Result<PrivateKey> read_ppk_key(const PpkFile& file, Unlock& unlock);

}  // namespace nacre::detail
