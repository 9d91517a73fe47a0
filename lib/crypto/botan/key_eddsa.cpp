#include "crypto/botan/key_eddsa.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/key_base.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <botan/ed25519.h>
#include <botan/ed448.h>
#include <botan/pubkey.h>

namespace nacre::detail {
namespace {

/// Sizes in bytes, as RFC 8032 has them.
struct Ed25519 {
    static constexpr std::string_view kType = "ssh-ed25519";
    static constexpr std::string_view kAlgorithms[] = {kType};
    static constexpr AlgorithmInfo kInfos[] = {{kType, true}};
    static constexpr std::size_t kPublicSize = 32;
    static constexpr std::size_t kSeedSize = 32;
    static constexpr std::size_t kSignatureSize = 64;
    static constexpr std::uint32_t kBits = 256;
    static constexpr bool kCostly = false;
    using Public = Botan::Ed25519_PublicKey;
    using Private = Botan::Ed25519_PrivateKey;
    static Private from_seed(ByteView seed) { return Private::from_seed(seed); }
};

/// Off by default as OpenSSH does not have it.
struct Ed448 {
    static constexpr std::string_view kType = "ssh-ed448";
    static constexpr std::string_view kAlgorithms[] = {kType};
    static constexpr AlgorithmInfo kInfos[] = {{kType}};
    static constexpr std::size_t kPublicSize = 57;
    static constexpr std::size_t kSeedSize = 57;
    static constexpr std::size_t kSignatureSize = 114;
    static constexpr std::uint32_t kBits = 448;
    static constexpr bool kCostly = true;
    using Public = Botan::Ed448_PublicKey;
    using Private = Botan::Ed448_PrivateKey;
    static Private from_seed(ByteView seed) { return Private(seed); }
};

template <class Curve>
class EddsaKey final : public PublicKey {
  public:
    EddsaKey(ByteView blob, ByteView point) : blob_(to_bytes(blob)), key_(point) {}

    std::string_view type() const noexcept override { return Curve::kType; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return Curve::kBits; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return Curve::kAlgorithms;
    }
    bool costly() const noexcept override { return Curve::kCostly; }

    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        const auto raw = signature_data(algorithm, signature);
        if (algorithm != Curve::kType || !raw || raw->size() != Curve::kSignatureSize) return false;
        return guarded(kKeyFailed,
                       [&]() -> Result<bool> {
                           Botan::PK_Verifier verifier(key_, "Pure");
                           return verifier.verify_message(data, *raw);
                       })
            .value_or(false);
    }

  private:
    Bytes blob_;
    typename Curve::Public key_;
};

template <class Curve>
class EddsaSigner final : public MemorySigner {
  public:
    EddsaSigner(std::shared_ptr<const PublicKey> public_key, typename Curve::Private key)
        : MemorySigner(std::move(public_key)), key_(std::move(key)) {}

  private:
    Bytes compute(ByteView data, std::string_view /*algorithm*/) const override {
        BotanRng rng(system_rng());
        Botan::PK_Signer signer(key_, rng, "Pure");
        return signer.sign_message(data, rng);
    }

    typename Curve::Private key_;
};

template <class Curve>
Bytes make_blob(ByteView point) {
    Bytes blob;
    Writer(blob).string(Curve::kType).string(point);
    return blob;
}

template <class Curve>
Result<std::shared_ptr<const PublicKey>> parse(std::string_view /*type*/, ByteView blob) {
    Reader reader(blob);
    reader.text();
    const auto point = reader.string();
    if (!reader.done() || point.size() != Curve::kPublicSize) return kNotAKey;
    return std::shared_ptr<const PublicKey>(std::make_shared<EddsaKey<Curve>>(blob, point));
}

template <class Curve>
Result<std::shared_ptr<Signer>> make_signer(const PrivateKey& key) {
    Reader reader(key.fields.view());
    const auto point = reader.string();
    const auto seed_and_point = reader.string();
    if (!reader.done() || point.size() != Curve::kPublicSize ||
        seed_and_point.size() != Curve::kSeedSize + Curve::kPublicSize ||
        !same_bytes(seed_and_point.subspan(Curve::kSeedSize), point)) {
        return kKeyMismatch;
    }
    auto pair = Curve::from_seed(seed_and_point.first(Curve::kSeedSize));
    // Signing with a point that is not the seed's own gives the seed away.
    if (!same_bytes(pair.raw_public_key_bits(), point) ||
        !same_bytes(make_blob<Curve>(point), key.public_blob)) {
        return kKeyMismatch;
    }
    return std::shared_ptr<Signer>(std::make_shared<EddsaSigner<Curve>>(
        std::make_shared<EddsaKey<Curve>>(key.public_blob, point), std::move(pair)));
}

template <class Curve>
Result<PrivateKey> generate(std::string_view /*type*/, std::uint32_t /*bits*/, Rng& rng) {
    SecretBytes seed(Curve::kSeedSize);
    rng.fill(seed.span());
    const auto pair = Curve::from_seed(seed.view());
    const auto point = pair.raw_public_key_bits();
    SecretBuffer both, fields;
    both.append(seed);
    both.append(point);
    Writer(fields).string(ByteView(point)).string(both.view());
    return PrivateKey{
        std::string(Curve::kType), make_blob<Curve>(point), SecretBytes(fields.view()), {}};
}

}  // namespace

constinit const KeyEntry kEd25519Entry{Ed25519::kType, Ed25519::kInfos, parse<Ed25519>,
                                       make_signer<Ed25519>, generate<Ed25519>};
constinit const KeyEntry kEd448Entry{Ed448::kType, Ed448::kInfos, parse<Ed448>, make_signer<Ed448>,
                                     generate<Ed448>};

}  // namespace nacre::detail
