#include "crypto/botan/key_ed25519.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/key_base.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <botan/ed25519.h>
#include <botan/pubkey.h>

namespace nacre::detail {
namespace {

constexpr std::string_view kType = "ssh-ed25519";
constexpr std::string_view kAlgorithms[] = {kType};
constexpr AlgorithmInfo kInfos[] = {{kType, true}};
constexpr std::size_t kPublicSize = 32;
constexpr std::size_t kSeedSize = 32;
constexpr std::size_t kSignatureSize = 64;

class Ed25519Key final : public PublicKey {
  public:
    Ed25519Key(ByteView blob, ByteView point) : blob_(to_bytes(blob)), key_(point) {}

    std::string_view type() const noexcept override { return kType; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return 256; }
    std::span<const std::string_view> algorithms() const noexcept override { return kAlgorithms; }

    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        const auto raw = signature_data(algorithm, signature);
        if (algorithm != kType || !raw || raw->size() != kSignatureSize) return false;
        return guarded(kKeyFailed,
                       [&]() -> Result<bool> {
                           Botan::PK_Verifier verifier(key_, "Pure");
                           return verifier.verify_message(data, *raw);
                       })
            .value_or(false);
    }

  private:
    Bytes blob_;
    Botan::Ed25519_PublicKey key_;
};

class Ed25519Signer final : public MemorySigner {
  public:
    Ed25519Signer(std::shared_ptr<const PublicKey> public_key, Botan::Ed25519_PrivateKey key)
        : MemorySigner(std::move(public_key)), key_(std::move(key)) {}

  private:
    Bytes compute(ByteView data, std::string_view /*algorithm*/) const override {
        BotanRng rng(system_rng());
        Botan::PK_Signer signer(key_, rng, "Pure");
        return signer.sign_message(data, rng);
    }

    Botan::Ed25519_PrivateKey key_;
};

Bytes make_blob(ByteView point) {
    Bytes blob;
    Writer(blob).string(kType).string(point);
    return blob;
}

Result<std::shared_ptr<const PublicKey>> parse(std::string_view /*type*/, ByteView blob) {
    Reader reader(blob);
    reader.text();
    const auto point = reader.string();
    if (!reader.done() || point.size() != kPublicSize) return kNotAKey;
    return std::shared_ptr<const PublicKey>(std::make_shared<Ed25519Key>(blob, point));
}

Result<std::shared_ptr<Signer>> make_signer(const PrivateKey& key) {
    Reader reader(key.fields.view());
    const auto point = reader.string();
    const auto seed_and_point = reader.string();
    if (!reader.done() || point.size() != kPublicSize ||
        seed_and_point.size() != kSeedSize + kPublicSize ||
        !same_bytes(seed_and_point.subspan(kSeedSize), point)) {
        return kKeyMismatch;
    }
    auto pair = Botan::Ed25519_PrivateKey::from_seed(seed_and_point.first(kSeedSize));
    // Signing with a point that is not the seed's own gives the seed away.
    if (!same_bytes(pair.raw_public_key_bits(), point) ||
        !same_bytes(make_blob(point), key.public_blob)) {
        return kKeyMismatch;
    }
    return std::shared_ptr<Signer>(std::make_shared<Ed25519Signer>(
        std::make_shared<Ed25519Key>(key.public_blob, point), std::move(pair)));
}

Result<PrivateKey> generate(std::string_view /*type*/, std::uint32_t /*bits*/, Rng& rng) {
    SecretBytes seed(kSeedSize);
    rng.fill(seed.span());
    const auto pair = Botan::Ed25519_PrivateKey::from_seed(seed.view());
    const auto point = pair.raw_public_key_bits();
    SecretBuffer both, fields;
    both.append(seed);
    both.append(point);
    Writer(fields).string(ByteView(point)).string(both.view());
    return PrivateKey{std::string(kType), make_blob(point), SecretBytes(fields.view()), {}};
}

}  // namespace

constinit const KeyEntry kEd25519Entry{kType, kInfos, parse, make_signer, generate};

}  // namespace nacre::detail
