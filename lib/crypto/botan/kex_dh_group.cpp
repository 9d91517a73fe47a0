#include "crypto/botan/kex_dh_group.hpp"

#include "crypto/botan/botan_rng.hpp"

#include <algorithm>

namespace nacre::detail {
namespace {

constexpr std::size_t kMinExponentBits = 256;

}  // namespace

Bytes magnitude_of(const Botan::BigInt& n) {
    return n.serialize<Bytes>();
}

Bytes DhParty::make_public(Rng& rng) {
    BotanRng botan_rng(rng);
    exponent_bits_ = std::max(group_.exponent_bits(), kMinExponentBits);
    exponent_.randomize(botan_rng, exponent_bits_);
    return magnitude_of(group_.power_g_p(exponent_, exponent_bits_));
}

bool DhParty::accepts(ByteView theirs) const {
    const Botan::BigInt value(theirs);
    return value > 1 && value < group_.get_p() - 1;
}

SecretBytes DhParty::agree(ByteView theirs) const {
    const auto shared = group_.power_b_p(Botan::BigInt(theirs), exponent_, exponent_bits_);
    SecretBytes secret(group_.p_bytes());
    shared.serialize_to(secret.span());
    return secret;
}

}  // namespace nacre::detail
