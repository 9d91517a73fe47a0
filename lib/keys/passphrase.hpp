/// \file
/// Asking for the passphrase of a private key file.
#pragma once
#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

/// What `ask` answers. Errors: needs_passphrase.
inline Result<SecretBytes> passphrase_from(const AskPassphrase& ask) {
    if (ask) {
        if (auto passphrase = ask(); passphrase) return std::move(*passphrase);
    }
    return key_error(KeyFault::needs_passphrase, "the private key needs a passphrase");
}

}  // namespace nacre::detail
