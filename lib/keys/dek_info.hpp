/// \file
/// The old encryption of PEM files: RFC 1421 headers, a key from MD5.
#pragma once
#include "keys/pem.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

bool is_dek_encrypted(const Pem& pem) noexcept;

/// The plaintext. Errors: needs_passphrase, wrong_passphrase, damaged, unsupported, out_of_memory.
Result<SecretBytes> open_dek(const Pem& pem, const AskPassphrase& ask);

/// The encryption has no check of its own: what looks damaged after decryption most likely had the
/// wrong passphrase.
inline Result<PrivateKey> blame_passphrase(Result<PrivateKey> key) {
    if (!key && fault_of(key.error()) == KeyFault::damaged)
        return key_error(KeyFault::wrong_passphrase,
                         "wrong passphrase, or the private key file is damaged");
    return key;
}

}  // namespace nacre::detail
