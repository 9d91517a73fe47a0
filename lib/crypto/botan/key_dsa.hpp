/// \file
/// ssh-dss (RFC 4253 s6.6): 1024 bits and SHA-1, which is not secure any more.
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

extern const KeyEntry kDsaEntry;

}  // namespace nacre::detail
