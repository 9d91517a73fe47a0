/// \file
/// The openssh-key-v1 container (PROTOCOL.key).
#pragma once
#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

/// \param file  what the PEM frame holds
Result<PrivateKey> read_openssh_key(ByteView file, const AskPassphrase& ask);

}  // namespace nacre::detail
