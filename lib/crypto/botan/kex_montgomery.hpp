/// \file
/// X25519 and X448 (RFC 7748, RFC 8731): alone, and X25519 as the classical half of hybrids.
#pragma once
#include "crypto/botan/kex_agreement.hpp"

#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

constexpr std::size_t kX25519Size = 32;  ///< bytes of a share and of the secret
constexpr std::size_t kX448Size = 56;    ///< the same

std::unique_ptr<KeyAgreement> make_x25519();

/// curve25519-sha256 and its older name.
Result<std::unique_ptr<KexMethod>> make_curve25519_kex(std::string_view name,
                                                       const KexContext& context);
/// curve448-sha512
Result<std::unique_ptr<KexMethod>> make_curve448_kex(std::string_view name,
                                                     const KexContext& context);

}  // namespace nacre::detail
