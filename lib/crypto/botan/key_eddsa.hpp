/// \file
/// ssh-ed25519 and ssh-ed448 (RFC 8709).
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

extern const KeyEntry kEd25519Entry;
extern const KeyEntry kEd448Entry;

}  // namespace nacre::detail
