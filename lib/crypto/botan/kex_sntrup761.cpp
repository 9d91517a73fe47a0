#include "crypto/botan/kex_hybrid.hpp"
#include "crypto/botan/kex_montgomery.hpp"
#include "crypto/botan/sntrup761.hpp"

namespace nacre::detail {
namespace {

class Sntrup761 final : public HybridKem {
  public:
    std::size_t public_size() const noexcept override { return sntrup761::kPublicSize; }
    std::size_t ciphertext_size() const noexcept override { return sntrup761::kCiphertextSize; }

    Bytes make_key_pair(Rng& rng) override {
        auto pair = sntrup761::make_key_pair(rng);
        secret_key_ = std::move(pair.secret_key);
        return std::move(pair.public_key);
    }

    Result<Capsule> encapsulate(ByteView public_key, Rng& rng) override {
        auto capsule = sntrup761::encapsulate(public_key, rng);
        return Capsule{std::move(capsule.ciphertext), std::move(capsule.shared)};
    }

    SecretBytes decapsulate(ByteView ciphertext) override {
        return sntrup761::decapsulate(ciphertext, secret_key_);
    }

  private:
    SecretBytes secret_key_;
};

}  // namespace

Result<std::unique_ptr<KexMethod>> make_sntrup761_kex(std::string_view /*name*/,
                                                      const KexContext& context) {
    return make_hybrid_kex(context, "SHA-512", std::make_unique<Sntrup761>(),
                           {make_x25519(), kX25519Size});
}

}  // namespace nacre::detail
