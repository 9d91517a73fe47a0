/// \file
/// Elliptic curve Diffie-Hellman on the curves of NIST: alone, and as the classical half of
/// hybrids.
#pragma once
#include "crypto/botan/kex_agreement.hpp"

#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

/// `curve` is Botan's name of it. Shares are uncompressed points; the secret is the x coordinate,
/// always as long as the field's elements.
std::unique_ptr<KeyAgreement> make_ecdh(std::string_view curve);

/// ecdh-sha2-nistp256, -nistp384 and -nistp521 (RFC 5656 s4).
Result<std::unique_ptr<KexMethod>> make_ecdh_kex(std::string_view name, const KexContext& context);

}  // namespace nacre::detail
