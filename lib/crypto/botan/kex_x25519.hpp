/// \file
/// X25519 (RFC 7748 s5, RFC 8731): alone, and the classical half of the hybrids.
#pragma once
#include "crypto/botan/kex_agreement.hpp"

#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

constexpr std::size_t kX25519Size = 32;  ///< bytes of a share and of the secret

std::unique_ptr<KeyAgreement> make_x25519();

/// curve25519-sha256 and its older name.
Result<std::unique_ptr<KexMethod>> make_curve25519_kex(std::string_view name,
                                                       const KexContext& context);

}  // namespace nacre::detail
