/// \file
/// Keys in security keys: sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com, the
/// latter also by way of a browser, webauthn-sk-ecdsa-sha2-nistp256@openssh.com (OpenSSH
/// PROTOCOL.u2f). Signatures are verified; making them takes the device.
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

extern const KeyEntry kSkEd25519Entry;
extern const KeyEntry kSkEcdsaEntry;

}  // namespace nacre::detail
