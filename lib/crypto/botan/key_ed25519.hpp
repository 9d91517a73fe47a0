/// \file
/// ssh-ed25519 (RFC 8709).
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

extern const KeyEntry kEd25519Entry;

}  // namespace nacre::detail
