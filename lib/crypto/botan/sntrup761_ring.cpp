#include "crypto/botan/sntrup761_ring.hpp"

namespace nacre::detail::sntrup761 {
namespace {

/// reduce_q() for |a| <= 2 kHalfQ^2, which is all that comes up here, without 64-bit products:
/// loops of it become vector instructions.
std::int16_t reduce_q_near(std::int32_t a) noexcept {
    // 2^18 / q is 57.0995, and the quotient is rounded down: the first step leaves at most 22,951.
    // 2^27 / q is 29234.95: the second quotient is the nearest integer.
    a -= kQ * ((57 * a) >> 18);
    a -= kQ * ((29235 * a + (1 << 26)) >> 27);
    return static_cast<std::int16_t>(a);
}

struct FieldQ {
    using Element = std::int16_t;
    static Element reduce(std::int32_t a) noexcept { return reduce_q_near(a); }
    /// a^(q-2); the exponent is public.
    static Element invert(Element a) noexcept {
        std::int32_t result = 1, power = a;
        for (unsigned exponent = kQ - 2; exponent != 0; exponent >>= 1) {
            if ((exponent & 1) != 0) result = reduce_q(result * power);
            power = reduce_q(power * power);
        }
        return static_cast<Element>(result);
    }
};

struct Field3 {
    using Element = std::int8_t;
    static Element reduce(std::int32_t a) noexcept { return reduce_3(a); }
    static Element invert(Element a) noexcept { return a; }  // 1 and -1 are their own inverses
};

template <class T, std::size_t N>
void swap_if(std::uint32_t mask, Wiped<T, N>& a, Wiped<T, N>& b) noexcept {
    for (std::size_t i = 0; i < N; ++i) {
        const auto change = static_cast<T>((a[i] ^ b[i]) & static_cast<T>(mask));
        a[i] = static_cast<T>(a[i] ^ change);
        b[i] = static_cast<T>(b[i] ^ change);
    }
}

/// 1 / (factor * a) by 2p-1 division steps on the reversed polynomials, whatever their values
/// (Bernstein, Yang: Fast constant-time gcd computation and modular inversion, 2019, section 6).
/// Whether `a` is invertible.
template <class Field, class In>
bool invert_by_divsteps(Wiped<typename Field::Element, kP>& inverse, const In& a,
                        std::int32_t factor) noexcept {
    using Element = typename Field::Element;
    // f = x^p (1/x)^p - ... : the modulus reversed; v and r are the cofactors that lead to f and g.
    Wiped<Element, kP + 1> f, g, v, r;
    f[0] = 1;
    f[kP - 1] = -1;
    f[kP] = -1;
    for (std::size_t i = 0; i < kP; ++i) g[kP - 1 - i] = a[i];
    r[0] = 1;
    std::int32_t delta = 1;
    for (std::size_t step = 0; step < 2 * kP - 1; ++step) {
        for (std::size_t i = kP; i > 0; --i) v[i] = v[i - 1];
        v[0] = 0;

        const auto delta_positive = static_cast<std::uint32_t>(-delta >> 31);
        const auto swap =
            opaque(delta_positive & nonzero_mask(static_cast<std::uint32_t>(std::int32_t{g[0]})));
        delta ^= static_cast<std::int32_t>(swap) & (delta ^ -delta);
        ++delta;
        swap_if(swap, f, g);
        swap_if(swap, v, r);

        const std::int32_t f0 = f[0], g0 = g[0];
        for (std::size_t i = 0; i <= kP; ++i) g[i] = Field::reduce(f0 * g[i] - g0 * f[i]);
        for (std::size_t i = 0; i <= kP; ++i) r[i] = Field::reduce(f0 * r[i] - g0 * v[i]);
        for (std::size_t i = 0; i < kP; ++i) g[i] = g[i + 1];
        g[kP] = 0;
    }
    const std::int32_t scale = Field::invert(Field::reduce(factor * f[0]));
    for (std::size_t i = 0; i < kP; ++i) inverse[i] = Field::reduce(scale * v[kP - 1 - i]);
    return delta == 0;
}

template <class Field, class A>
void multiply_in(Wiped<typename Field::Element, kP>& product, const A& a, const Small& b) noexcept {
    // No sum exceeds 3 * 761 * 2295 < 2^23.
    Wiped<std::int32_t, 2 * kP - 1> sum;
    for (std::size_t i = 0; i < kP; ++i) {
        const std::int32_t factor = b[i];
        for (std::size_t j = 0; j < kP; ++j) sum[i + j] += factor * a[j];
    }
    // x^p = x + 1
    for (std::size_t i = 2 * kP - 2; i >= kP; --i) {
        sum[i - kP] += sum[i];
        sum[i - kP + 1] += sum[i];
    }
    for (std::size_t i = 0; i < kP; ++i) product[i] = Field::reduce(sum[i]);
}

void random_words(Wiped<std::uint32_t, kP>& words, Rng& rng) noexcept {
    Wiped<std::uint8_t, 4 * kP> raw;
    rng.fill(raw);
    for (std::size_t i = 0; i < kP; ++i) {
        const std::uint8_t* b = &raw[4 * i];
        words[i] = std::uint32_t{b[0]} | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 |
                   std::uint32_t{b[3]} << 24;
    }
}

void order(std::uint32_t& low, std::uint32_t& high) noexcept {
    const auto greater =
        opaque(0u - static_cast<std::uint32_t>((std::uint64_t{high} - std::uint64_t{low}) >> 63));
    const std::uint32_t change = (low ^ high) & greater;
    low ^= change;
    high ^= change;
}

/// Batcher's merge exchange (Knuth 5.2.2, algorithm M): which elements are compared depends on
/// their number only.
void sort(Wiped<std::uint32_t, kP>& words) noexcept {
    constexpr std::size_t kTop = 512;  // the largest power of two below kP
    for (std::size_t p = kTop; p > 0; p /= 2) {
        std::size_t q = kTop, r = 0, d = p;
        for (;;) {
            for (std::size_t i = 0; i + d < kP; ++i) {
                if ((i & p) == r) order(words[i], words[i + d]);
            }
            if (q == p) break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
}

}  // namespace

std::int16_t reduce_q(std::int32_t a) noexcept {
    // 935519 is 2^32 / q rounded down: the quotient is off by less than 0.8, so one correction in
    // either direction suffices.
    const auto quotient =
        static_cast<std::int32_t>((std::int64_t{a} * 935519 + (std::int64_t{1} << 31)) >> 32);
    std::int32_t rest = a - quotient * kQ;
    rest -= kQ & ((kHalfQ - rest) >> 31);
    rest += kQ & ((rest + kHalfQ) >> 31);
    return static_cast<std::int16_t>(rest);
}

std::int8_t reduce_3(std::int32_t a) noexcept {
    return static_cast<std::int8_t>(a - 3 * ((10923 * a + 16384) >> 15));  // 10923 = (2^15 + 1) / 3
}

void multiply(Rq& product, const Rq& a, const Small& b) noexcept {
    multiply_in<FieldQ>(product, a, b);
}

void multiply(Small& product, const Small& a, const Small& b) noexcept {
    multiply_in<Field3>(product, a, b);
}

void invert_thrice(Rq& inverse, const Small& a) noexcept {
    // Modulo q the ring is a field, and a short polynomial is not zero.
    static_cast<void>(invert_by_divsteps<FieldQ>(inverse, a, 3));
}

bool invert(Small& inverse, const Small& a) noexcept {
    return invert_by_divsteps<Field3>(inverse, a, 1);
}

void random_small(Small& out, Rng& rng) noexcept {
    Wiped<std::uint32_t, kP> words;
    random_words(words, rng);
    for (std::size_t i = 0; i < kP; ++i) {
        out[i] =
            static_cast<std::int8_t>(static_cast<int>(((words[i] & 0x3FFFFFFF) * 3) >> 30) - 1);
    }
}

void random_short(Small& out, Rng& rng) noexcept {
    // The upper 30 bits shuffle, the lower two carry the coefficient + 1: 0 or 2 for kWeight of
    // them, 1 for the rest.
    Wiped<std::uint32_t, kP> words;
    random_words(words, rng);
    for (std::size_t i = 0; i < kWeight; ++i) words[i] &= ~1u;
    for (std::size_t i = kWeight; i < kP; ++i) words[i] = (words[i] & ~2u) | 1u;
    sort(words);
    for (std::size_t i = 0; i < kP; ++i) {
        out[i] = static_cast<std::int8_t>(static_cast<int>(words[i] & 3) - 1);
    }
}

std::uint32_t wrong_weight_mask(const Small& a) noexcept {
    std::uint32_t weight = 0;
    for (const std::int8_t coefficient : a) weight += static_cast<std::uint32_t>(coefficient & 1);
    return nonzero_mask(weight - static_cast<std::uint32_t>(kWeight));
}

}  // namespace nacre::detail::sntrup761
