/// \file
/// Private keys in PEM frames, by the label of the frame.
#pragma once
#include "keys/passphrase.hpp"
#include "keys/pem.hpp"

namespace nacre::detail {

/// Whether a block is said to hold a private key, in a format known here or not.
bool is_private_label(std::string_view label) noexcept;

/// Decodes `pem`, whose label is_private_label(), and reads the key in it. Offsets in errors are
/// those of the text around the block. Errors: see KeyFault; out_of_memory.
Result<PrivateKey> read_pem_key(Pem& pem, Unlock& unlock);

}  // namespace nacre::detail
