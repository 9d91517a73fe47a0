#include "crypto/botan/key_ecdsa.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/key_base.hpp"

#include <nacre/wire/writer.hpp>

#include <botan/ec_apoint.h>
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/pubkey.h>

namespace nacre::detail {
namespace {

/// Beyond it a verification takes long enough that others should not wait for it.
constexpr std::uint32_t kMaxQuickBits = 256;

struct Curve {
    std::string_view type;  // of the key, and the one algorithm it knows
    std::string_view id;    // in the blob
    std::string_view botan_name;
    std::string_view hash;
    std::uint32_t bits;
};

constexpr Curve kCurves[] = {
    {"ecdsa-sha2-nistp256", "nistp256", "secp256r1", "SHA-256", 256},
    {"ecdsa-sha2-nistp384", "nistp384", "secp384r1", "SHA-384", 384},
    {"ecdsa-sha2-nistp521", "nistp521", "secp521r1", "SHA-512", 521},
};
constexpr AlgorithmInfo kInfos[][1] = {
    {{kCurves[0].type, true}}, {{kCurves[1].type, true}}, {{kCurves[2].type, true}}};

/// Precondition: `type` is one of kCurves.
const Curve& curve_of(std::string_view type) noexcept {
    const Curve* curve = kCurves;
    while (curve->type != type) ++curve;
    return *curve;
}

class EcdsaKey final : public PublicKey {
  public:
    EcdsaKey(const Curve& curve, ByteView blob, const Botan::ECDSA_PublicKey& key)
        : curve_(curve), blob_(to_bytes(blob)), key_(key) {}

    std::string_view type() const noexcept override { return curve_.type; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return curve_.bits; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return {&curve_.type, 1};
    }

    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        const auto raw = signature_data(algorithm, signature);
        if (algorithm != curve_.type || !raw) return false;
        return guarded(
                   kKeyFailed,
                   [&]() -> Result<bool> { return verify_ecdsa(key_, curve_.hash, data, *raw); })
            .value_or(false);
    }

    bool costly() const noexcept override { return bits() > kMaxQuickBits; }

  private:
    const Curve& curve_;
    Bytes blob_;
    Botan::ECDSA_PublicKey key_;
};

class EcdsaSigner final : public MemorySigner {
  public:
    EcdsaSigner(std::shared_ptr<const PublicKey> public_key, const Curve& curve,
                Botan::ECDSA_PrivateKey key)
        : MemorySigner(std::move(public_key)), curve_(curve), key_(std::move(key)) {}

  private:
    /// The nonce is that of RFC 6979: it does not depend on the generator.
    Bytes compute(ByteView data, std::string_view /*algorithm*/) const override {
        BotanRng rng(system_rng());
        Botan::PK_Signer signer(key_, rng, curve_.hash);
        const Bytes both = signer.sign_message(data, rng);
        const std::size_t width = both.size() / 2;
        Bytes raw;
        Writer(raw).mpint(ByteView(both).first(width)).mpint(ByteView(both).last(width));
        return raw;
    }

    const Curve& curve_;
    Botan::ECDSA_PrivateKey key_;
};

Bytes make_blob(const Curve& curve, ByteView point) {
    Bytes blob;
    Writer(blob).string(curve.type).string(curve.id).string(point);
    return blob;
}

Bytes point_of(const Botan::EC_PublicKey& key) {
    return key.raw_public_key_bits();  // uncompressed unless asked otherwise
}

Result<std::shared_ptr<const PublicKey>> parse(std::string_view type, ByteView blob) {
    const Curve& curve = curve_of(type);
    Reader reader(blob);
    reader.text();
    const auto key = read_ecdsa_point(curve.type, reader);
    if (!key || !reader.done()) return kNotAKey;
    return std::shared_ptr<const PublicKey>(std::make_shared<EcdsaKey>(curve, blob, *key));
}

Result<std::shared_ptr<Signer>> make_signer(const PrivateKey& key) {
    const Curve& curve = curve_of(key.type);
    Reader reader(key.fields.view());
    const auto id = reader.text();
    const auto encoded = reader.string();
    const auto d = reader.mpint();
    const auto group = Botan::EC_Group::from_name(curve.botan_name);
    if (!reader.done() || id != curve.id || d.size() > group.get_order_bytes() ||
        !same_bytes(make_blob(curve, encoded), key.public_blob)) {
        return kKeyMismatch;
    }
    SecretBytes padded(group.get_order_bytes());
    if (!d.empty()) std::memcpy(padded.data() + padded.size() - d.size(), d.data(), d.size());
    const auto scalar = Botan::EC_Scalar::deserialize(group, padded.view());
    if (!scalar) return kKeyMismatch;
    Botan::ECDSA_PrivateKey pair(group, *scalar);
    if (!same_bytes(point_of(pair), encoded)) return kKeyMismatch;
    NACRE_TRY(auto public_key, parse(curve.type, key.public_blob));
    return std::shared_ptr<Signer>(
        std::make_shared<EcdsaSigner>(std::move(public_key), curve, std::move(pair)));
}

Result<PrivateKey> generate(std::string_view type, std::uint32_t /*bits*/, Rng& rng) {
    const Curve& curve = curve_of(type);
    BotanRng botan_rng(rng);
    const Botan::ECDSA_PrivateKey pair(botan_rng, Botan::EC_Group::from_name(curve.botan_name));
    const Bytes point = point_of(pair);
    SecretBuffer fields;
    Writer(fields).string(curve.id).string(ByteView(point)).mpint(pair.raw_private_key_bits());
    return PrivateKey{std::string(type), make_blob(curve, point), SecretBytes(fields.view()), {}};
}

}  // namespace

std::optional<Botan::ECDSA_PublicKey> read_ecdsa_point(std::string_view type, Reader& reader) {
    const Curve& curve = curve_of(type);
    const auto id = reader.text();
    const auto encoded = reader.string();
    if (!reader.ok() || id != curve.id) return {};
    const std::size_t field = (curve.bits + 7) / 8;
    // RFC 5656 s3.1 allows compressed points, which nobody sends.
    if (encoded.size() != 1 + 2 * field || encoded[0] != 4) return {};
    const auto group = Botan::EC_Group::from_name(curve.botan_name);
    const auto point = Botan::EC_AffinePoint::deserialize(group, encoded);
    if (!point || point->is_identity()) return {};
    return Botan::ECDSA_PublicKey(group, *point);
}

bool verify_ecdsa(const Botan::ECDSA_PublicKey& key, std::string_view hash, ByteView data,
                  ByteView signature) {
    Reader reader(signature);
    const auto r = reader.mpint(), s = reader.mpint();
    if (!reader.done()) return false;
    const std::size_t width = key.domain().get_order_bytes();
    const auto r_padded = left_padded(r, width);
    const auto s_padded = left_padded(s, width);
    if (!r_padded || !s_padded) return false;
    Botan::PK_Verifier verifier(key, hash);
    Bytes both = *r_padded;
    append(both, *s_padded);
    return verifier.verify_message(data, both);
}

constinit const KeyEntry kEcdsaEntries[3] = {
    {kCurves[0].type, kInfos[0], parse, make_signer, generate},
    {kCurves[1].type, kInfos[1], parse, make_signer, generate},
    {kCurves[2].type, kInfos[2], parse, make_signer, generate},
};

}  // namespace nacre::detail
