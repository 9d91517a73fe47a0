/// \file
/// Encodings of polynomials for sntrup761.
#pragma once
#include "crypto/botan/sntrup761_ring.hpp"

namespace nacre::detail::sntrup761 {

constexpr std::size_t kSmallSize = (kP + 3) / 4;  ///< four coefficients to a byte
constexpr std::size_t kRqSize = 1158;
constexpr std::size_t kRoundedSize = 1007;

/// The sizes of all spans are those above.
void encode_small(ByteSpan out, const Small& a) noexcept;
void decode_small(Small& a, ByteView in) noexcept;

void encode_rq(ByteSpan out, const Rq& a) noexcept;
/// `in` is public: the time depends on nothing, but divides.
void decode_rq(Rq& a, ByteView in) noexcept;

/// Polynomials whose coefficients are multiples of 3, as round_to_3() makes them.
void encode_rounded(ByteSpan out, const Rq& a) noexcept;
/// `in` is public.
void decode_rounded(Rq& a, ByteView in) noexcept;

/// Each coefficient becomes the nearest multiple of 3.
void round_to_3(Rq& a) noexcept;

}  // namespace nacre::detail::sntrup761
