#include "keys/key_math.hpp"

#include "keys/botan_guard.hpp"
#include "keys/private_fields.hpp"

#include <botan/bigint.h>
#include <botan/ec_apoint.h>
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/ed448.h>
#include <botan/numthry.h>

namespace nacre::detail {

namespace {

struct Curve {
    std::string_view name;
    const char* botan;
    std::size_t scalar;  // bytes, as many as in a coordinate
};
constexpr Curve kCurves[] = {
    {"nistp256", "secp256r1", 32}, {"nistp384", "secp384r1", 48}, {"nistp521", "secp521r1", 66}};

constexpr Error kNoSuchCurve = key_error(KeyFault::unsupported, "elliptic curve not supported");

const Curve* find_curve(std::string_view name) noexcept {
    for (const Curve& known : kCurves)
        if (known.name == name) return &known;
    return nullptr;
}

bool is_inverse(const Botan::BigInt& a, const Botan::BigInt& b, const Botan::BigInt& modulus) {
    return a * b % modulus == 1;
}

}  // namespace

Result<Bytes> ed25519_public_key(ByteView seed) noexcept {
    return guarded(kHalvesDiffer, [&]() -> Result<Bytes> {
        // The constructor from plain bytes is deprecated and from_seed() younger than Botan 3.7:
        // this is the encoding of RFC 8410 s7.
        Botan::secure_vector<std::uint8_t> bits{0x04, 0x20};
        bits.insert(bits.end(), seed.begin(), seed.end());
        const Botan::Ed25519_PrivateKey key(Botan::AlgorithmIdentifier(), bits);
        return key.raw_public_key_bits();
    });
}

Result<Bytes> ed448_public_key(ByteView seed) noexcept {
    return guarded(kHalvesDiffer, [&]() -> Result<Bytes> {
        return Botan::Ed448_PrivateKey(seed).raw_public_key_bits();
    });
}

Result<Bytes> ecdsa_public_point(std::string_view curve, ByteView d) noexcept {
    const Curve* known = find_curve(curve);
    if (known == nullptr) return kNoSuchCurve;
    if (d.size() > known->scalar) return kHalvesDiffer;
    return guarded(kHalvesDiffer, [&]() -> Result<Bytes> {
        SecretBytes padded(known->scalar);
        std::copy(d.begin(), d.end(), padded.span().last(d.size()).begin());
        const auto group = Botan::EC_Group::from_name(known->botan);
        const auto scalar = Botan::EC_Scalar::deserialize(group, padded.view());
        if (!scalar) return kHalvesDiffer;
        return Botan::ECDSA_PrivateKey(group, *scalar).raw_public_key_bits();
    });
}

Result<Bytes> uncompressed_point(std::string_view curve, ByteView point) noexcept {
    constexpr Error kNotOnCurve =
        key_error(KeyFault::damaged, "point that is not on its elliptic curve");
    const Curve* known = find_curve(curve);
    if (known == nullptr) return kNoSuchCurve;
    const std::uint8_t form = point.empty() ? std::uint8_t{0} : point[0];
    // SEC 1 s2.3.3: 2 and 3 say whether y is odd. RFC 5480 s2.2 forbids the hybrid form.
    const bool compressed = form == 2 || form == 3;
    if (form == 6 || form == 7)
        return key_error(KeyFault::unsupported, "elliptic curve point in hybrid form");
    if (compressed && point.size() != 1 + known->scalar) return kNotOnCurve;
    return guarded(kNotOnCurve, [&]() -> Result<Bytes> {
        if (!compressed) return to_bytes(point);
        const auto group = Botan::EC_Group::from_name(known->botan);
        const auto decoded = Botan::EC_AffinePoint::deserialize(group, point);
        if (!decoded) return kNotOnCurve;
        return decoded->serialize_uncompressed();
    });
}

Result<void> check_rsa(const RsaParts& parts) noexcept {
    return guarded(kHalvesDiffer, [&]() -> Result<void> {
        const Botan::BigInt n(parts.n);
        const Botan::BigInt e(parts.e);
        const Botan::BigInt d(parts.d);
        const Botan::BigInt p(parts.p);
        const Botan::BigInt q(parts.q);
        const bool sound = p > 2 && q > 2 && p != q && p * q == n && e > 1 &&
                           is_inverse(e, d, p - 1) && is_inverse(e, d, q - 1) &&
                           is_inverse(Botan::BigInt(parts.iqmp), q, p);
        if (!sound) return kHalvesDiffer;
        return {};
    });
}

Result<void> check_dsa(const DsaParts& parts) noexcept {
    return guarded(kHalvesDiffer, [&]() -> Result<void> {
        const Botan::BigInt p(parts.p);
        const Botan::BigInt q(parts.q);
        const Botan::BigInt g(parts.g);
        const Botan::BigInt y(parts.y);
        const Botan::BigInt x(parts.x);
        // Before anything is computed with numbers of other sizes.
        if (p.bits() != 1024 || q.bits() != 160)
            return key_error(KeyFault::unsupported, "DSA key of other than 1024 and 160 bits");
        const bool sound = p.is_odd() && (p - 1) % q == 0 && g > 1 && g < p &&
                           Botan::power_mod(g, q, p) == 1 && x > 0 && x < q && y > 1 &&
                           Botan::power_mod(g, x, p) == y;
        if (!sound) return kHalvesDiffer;
        return {};
    });
}

}  // namespace nacre::detail
