/// \file
/// ssh-rsa keys with the signature algorithms rsa-sha2-512 and rsa-sha2-256 (RFC 8332), and ssh-rsa
/// (RFC 4253 s6.6), whose SHA-1 is broken.
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

extern const KeyEntry kRsaEntry;

}  // namespace nacre::detail
