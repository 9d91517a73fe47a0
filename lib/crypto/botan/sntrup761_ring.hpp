/// \file
/// Arithmetic for sntrup761: polynomials modulo x^761 - x - 1 with coefficients modulo 4591 and
/// modulo 3, both in the symmetric range. Constant time.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/secret.hpp>

#include <array>

namespace nacre::detail::sntrup761 {

constexpr std::size_t kP = 761;
constexpr int kQ = 4591;
constexpr int kHalfQ = (kQ - 1) / 2;
constexpr std::size_t kWeight = 286;  ///< coefficients that are not zero in a short polynomial

/// A mask that the compiler knows nothing about, so that it cannot turn a selection into a branch.
inline std::uint32_t opaque(std::uint32_t mask) noexcept {
    __asm__("" : "+r"(mask));
    return mask;
}

/// All ones when `a` != 0, else zero.
inline std::uint32_t nonzero_mask(std::uint32_t a) noexcept {
    return opaque(0u - ((a | (0u - a)) >> 31));
}

/// An array that is wiped when it goes.
template <class T, std::size_t N>
struct Wiped : std::array<T, N> {
    Wiped() noexcept { this->fill(T{}); }
    Wiped(const Wiped&) = default;
    Wiped& operator=(const Wiped&) = default;
    ~Wiped() { wipe({reinterpret_cast<std::uint8_t*>(this->data()), N * sizeof(T)}); }
};

using Small = Wiped<std::int8_t, kP>;  ///< coefficients -1, 0, 1
using Rq = Wiped<std::int16_t, kP>;    ///< coefficients -kHalfQ..kHalfQ

/// The representative of `a` modulo q in -kHalfQ..kHalfQ. Precondition: |a| < 2^31.
std::int16_t reduce_q(std::int32_t a) noexcept;
/// The representative of `a` modulo 3 in -1..1. Precondition: |a| <= 2^13.
std::int8_t reduce_3(std::int32_t a) noexcept;

/// a * b in R/q.
void multiply(Rq& product, const Rq& a, const Small& b) noexcept;
/// a * b in R/3.
void multiply(Small& product, const Small& a, const Small& b) noexcept;

/// 1 / (3 a) in R/q, which is a field.
void invert_thrice(Rq& inverse, const Small& a) noexcept;
/// 1 / a in R/3; false when `a` is not invertible.
[[nodiscard]] bool invert(Small& inverse, const Small& a) noexcept;

/// Uniform coefficients.
void random_small(Small& out, Rng& rng) noexcept;
/// Uniform among the polynomials with exactly kWeight coefficients that are not zero.
void random_short(Small& out, Rng& rng) noexcept;
/// All ones unless exactly kWeight coefficients of `a` are not zero.
std::uint32_t wrong_weight_mask(const Small& a) noexcept;

}  // namespace nacre::detail::sntrup761
