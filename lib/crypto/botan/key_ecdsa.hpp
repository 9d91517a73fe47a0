/// \file
/// ecdsa-sha2-nistp256, -nistp384 and -nistp521 (RFC 5656 s3).
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

extern const KeyEntry kEcdsaEntries[3];

}  // namespace nacre::detail
