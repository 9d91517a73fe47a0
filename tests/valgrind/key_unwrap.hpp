/// \file
/// What opening an encrypted private key tells of it.
#pragma once
#include "secrecy.hpp"

#include <span>

namespace nacre::test {

/// Each branches on what is secret in one place: on whether the passphrase was right. The
/// derivations are no part of it: bcrypt, scrypt and Argon2 look up memory by the passphrase, by
/// design.
std::span<const Part> key_unwrap_parts() noexcept;

}  // namespace nacre::test
