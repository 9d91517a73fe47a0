/// \file
/// The openssh-key-v1 container (PROTOCOL.key).
#pragma once
#include "keys/passphrase.hpp"

namespace nacre::detail {

/// \param file  what the PEM frame holds
/// Errors: see KeyFault.
Result<PrivateKey> read_openssh_key(ByteView file, Unlock& unlock);

/// The public key in front of the encrypted part; nothing says that it is that of the private key.
/// Borrows. Errors: damaged, truncated, unsupported.
Result<ByteView> openssh_key_public_half(ByteView file);

}  // namespace nacre::detail
