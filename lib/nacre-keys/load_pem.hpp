/// \file
/// Key files of one or more PEM blocks, for load_key().
#pragma once
#include "keys/passphrase.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre::detail {

enum class Wanted : std::uint8_t { private_keys, public_halves };

/// Reads the first private key and all certificates, or the first public key. Errors: see KeyFault,
/// with the offset in `text`; out_of_memory.
Result<void> load_pem(std::string_view text, Wanted wanted, Unlock& unlock, LoadedKey& into);

}  // namespace nacre::detail
