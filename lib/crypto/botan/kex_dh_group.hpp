/// \file
/// One end's part of a Diffie-Hellman exchange in a group modulo a safe prime (RFC 4253 s8).
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <botan/dl_group.h>

namespace nacre::detail {

/// The big-endian magnitude of `n`, without leading zeros.
Bytes magnitude_of(const Botan::BigInt& n);

/// One thread, one exchange. Functions may throw what Botan throws.
class DhParty {
  public:
    explicit DhParty(Botan::DL_Group group) : group_(std::move(group)) {}

    const Botan::DL_Group& group() const noexcept { return group_; }

    /// Chooses the secret exponent: twice as long as the group is strong, 256 bits at least. e, or
    /// f.
    Bytes make_public(Rng& rng);

    /// Whether 1 < `theirs` < p - 1 (RFC 8268 s4). `theirs` is a magnitude.
    bool accepts(ByteView theirs) const;

    /// K's magnitude, after make_public(). Precondition: accepts(theirs).
    SecretBytes agree(ByteView theirs) const;

  private:
    Botan::DL_Group group_;
    Botan::BigInt exponent_;
    std::size_t exponent_bits_ = 0;
};

}  // namespace nacre::detail
