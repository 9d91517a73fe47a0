#include "crypto/botan/sntrup761_code.hpp"

namespace nacre::detail::sntrup761 {
namespace {

/// Radices are merged in pairs until one is left; whenever a radix reaches this, a byte goes out.
constexpr std::uint32_t kLimit = 16384;

constexpr std::uint32_t shrunk(std::uint32_t radix) noexcept {
    return (radix + 255) / 256;
}

using Digits = Wiped<std::uint32_t, kP>;
using Radices = std::array<std::uint32_t, kP>;

/// Writes digit[i] of radix `radix`, all i, as one mixed-radix number. Only multiplies and shifts.
/// Works in `digits`.
void encode_digits(ByteSpan out, Digits& digits, std::uint32_t radix) noexcept {
    Radices radices{};
    radices.fill(radix);
    std::size_t count = kP, at = 0;
    while (count > 1) {
        std::size_t merged = 0;
        for (std::size_t i = 0; i + 1 < count; i += 2) {
            std::uint32_t digit = digits[i] + radices[i] * digits[i + 1];
            std::uint32_t both = radices[i] * radices[i + 1];
            for (; both >= kLimit; both = shrunk(both), digit >>= 8) {
                out[at++] = static_cast<std::uint8_t>(digit);
            }
            digits[merged] = digit;
            radices[merged++] = both;
        }
        if (count % 2 != 0) {
            digits[merged] = digits[count - 1];
            radices[merged++] = radices[count - 1];
        }
        count = merged;
    }
    for (std::uint32_t left = radices[0], digit = digits[0]; left > 1;
         left = shrunk(left), digit >>= 8) {
        out[at++] = static_cast<std::uint8_t>(digit);
    }
}

/// What one level of the encoding did to a pair: the bytes that went out, and how many.
struct Pair {
    std::uint32_t low;
    std::uint32_t bits;
};

/// Reads `count` digits of `radices` from `in`, all of it.
void decode_digits(std::uint32_t* digits, const std::uint32_t* radices, std::size_t count,
                   ByteView in) noexcept {
    if (count == 1) {
        std::uint32_t value = 0;
        for (std::size_t i = in.size(); i > 0; --i) value = value << 8 | in[i - 1];
        digits[0] = value % radices[0];
        return;
    }
    std::array<Pair, kP / 2> pairs{};
    Radices merged_radices{};
    std::size_t merged = 0, at = 0;
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        Pair pair{0, 0};
        std::uint32_t both = radices[i] * radices[i + 1];
        for (; both >= kLimit; both = shrunk(both), pair.bits += 8) {
            pair.low |= std::uint32_t{in[at++]} << pair.bits;
        }
        pairs[merged] = pair;
        merged_radices[merged++] = both;
    }
    if (count % 2 != 0) merged_radices[merged++] = radices[count - 1];
    Radices upper{};
    decode_digits(upper.data(), merged_radices.data(), merged, in.subspan(at));
    for (std::size_t i = 0; i + 1 < count; i += 2) {
        const Pair pair = pairs[i / 2];
        const std::uint32_t both = pair.low + (upper[i / 2] << pair.bits);
        digits[i] = both % radices[i];
        digits[i + 1] = both / radices[i] % radices[i + 1];
    }
    if (count % 2 != 0) digits[count - 1] = upper[merged - 1];
}

constexpr std::uint32_t kRoundedRadix = (kQ + 2) / 3;

}  // namespace

void encode_small(ByteSpan out, const Small& a) noexcept {
    for (std::size_t i = 0; i < kSmallSize; ++i) {
        unsigned byte = 0;
        for (std::size_t j = 0; j < 4 && 4 * i + j < kP; ++j) {
            byte |= static_cast<unsigned>(a[4 * i + j] + 1) << (2 * j);
        }
        out[i] = static_cast<std::uint8_t>(byte);
    }
}

void decode_small(Small& a, ByteView in) noexcept {
    for (std::size_t i = 0; i < kP; ++i) {
        a[i] = static_cast<std::int8_t>(((in[i / 4] >> (2 * (i % 4))) & 3) - 1);
    }
}

void encode_rq(ByteSpan out, const Rq& a) noexcept {
    Digits digits;
    for (std::size_t i = 0; i < kP; ++i) digits[i] = static_cast<std::uint32_t>(a[i] + kHalfQ);
    encode_digits(out, digits, kQ);
}

void decode_rq(Rq& a, ByteView in) noexcept {
    Radices radices{}, digits{};
    radices.fill(kQ);
    decode_digits(digits.data(), radices.data(), kP, in);
    for (std::size_t i = 0; i < kP; ++i) {
        a[i] = static_cast<std::int16_t>(static_cast<int>(digits[i]) - kHalfQ);
    }
}

void encode_rounded(ByteSpan out, const Rq& a) noexcept {
    Digits digits;
    // * 10923 >> 15 divides multiples of 3 up to q exactly, without a division.
    for (std::size_t i = 0; i < kP; ++i) {
        digits[i] = (static_cast<std::uint32_t>(a[i] + kHalfQ) * 10923) >> 15;
    }
    encode_digits(out, digits, kRoundedRadix);
}

void decode_rounded(Rq& a, ByteView in) noexcept {
    Radices radices{}, digits{};
    radices.fill(kRoundedRadix);
    decode_digits(digits.data(), radices.data(), kP, in);
    for (std::size_t i = 0; i < kP; ++i) {
        a[i] = static_cast<std::int16_t>(static_cast<int>(digits[i]) * 3 - kHalfQ);
    }
}

void round_to_3(Rq& a) noexcept {
    for (auto& coefficient : a) {
        coefficient = static_cast<std::int16_t>(coefficient - reduce_3(coefficient));
    }
}

}  // namespace nacre::detail::sntrup761
