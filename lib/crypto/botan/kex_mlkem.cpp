#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_error.hpp"
#include "crypto/botan/kex_hybrid.hpp"

#include <botan/ml_kem.h>
#include <botan/pubkey.h>

#include <optional>

namespace nacre::detail {
namespace {

constexpr std::size_t kSecretSize = 32;

/// ML-KEM-768 (FIPS 203).
class MlKem768 final : public HybridKem {
  public:
    std::size_t public_size() const noexcept override { return 1184; }
    std::size_t ciphertext_size() const noexcept override { return 1088; }

    Bytes make_key_pair(Rng& rng) override {
        rng_.emplace(rng);
        own_.emplace(*rng_, Botan::ML_KEM_Mode::ML_KEM_768);
        return own_->raw_public_key_bits();
    }

    Result<Capsule> encapsulate(ByteView public_key, Rng& rng) override {
        // FIPS 203 s7.2: Botan refuses a key with a coefficient that is not below 3329.
        const auto key =
            guarded(kex_malformed("ML-KEM encapsulation key not reduced"),
                    [&]() -> Result<Botan::ML_KEM_PublicKey> {
                        return Botan::ML_KEM_PublicKey(public_key, Botan::ML_KEM_Mode::ML_KEM_768);
                    });
        if (!key) return key.error();
        BotanRng botan_rng(rng);
        Botan::PK_KEM_Encryptor encryptor(*key, "Raw");
        const auto capsule = encryptor.encrypt(botan_rng, kSecretSize);
        return Capsule{capsule.encapsulated_shared_key(),
                       SecretBytes(ByteView(capsule.shared_key()))};
    }

    SecretBytes decapsulate(ByteView ciphertext) override {
        Botan::PK_KEM_Decryptor decryptor(*own_, *rng_, "Raw");
        return SecretBytes(ByteView(decryptor.decrypt(ciphertext, kSecretSize)));
    }

  private:
    std::optional<BotanRng> rng_;
    std::optional<Botan::ML_KEM_PrivateKey> own_;
};

}  // namespace

Result<std::unique_ptr<KexMethod>> make_mlkem768_kex(std::string_view /*name*/,
                                                     const KexContext& context) {
    return make_hybrid_kex(context, "SHA-256", std::make_unique<MlKem768>());
}

}  // namespace nacre::detail
