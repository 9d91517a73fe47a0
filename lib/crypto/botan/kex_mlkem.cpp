#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_ecdh.hpp"
#include "crypto/botan/kex_error.hpp"
#include "crypto/botan/kex_hybrid.hpp"
#include "crypto/botan/kex_montgomery.hpp"

#include <botan/ml_kem.h>
#include <botan/pubkey.h>

#include <optional>

namespace nacre::detail {
namespace {

constexpr std::size_t kSecretSize = 32;

/// FIPS 203 s8, table 3.
struct ParameterSet {
    Botan::ML_KEM_Mode::Mode mode;
    std::size_t public_size, ciphertext_size;
};
constexpr ParameterSet kMlKem768{Botan::ML_KEM_Mode::ML_KEM_768, 1184, 1088};
constexpr ParameterSet kMlKem1024{Botan::ML_KEM_Mode::ML_KEM_1024, 1568, 1568};

class MlKem final : public HybridKem {
  public:
    explicit MlKem(const ParameterSet& set) noexcept : set_(set) {}

    std::size_t public_size() const noexcept override { return set_.public_size; }
    std::size_t ciphertext_size() const noexcept override { return set_.ciphertext_size; }

    Bytes make_key_pair(Rng& rng) override {
        rng_.emplace(rng);
        own_.emplace(*rng_, set_.mode);
        return own_->raw_public_key_bits();
    }

    Result<Capsule> encapsulate(ByteView public_key, Rng& rng) override {
        // FIPS 203 s7.2: Botan refuses a key with a coefficient that is not below 3329.
        const auto key = guarded(kex_malformed("ML-KEM encapsulation key not reduced"),
                                 [&]() -> Result<Botan::ML_KEM_PublicKey> {
                                     return Botan::ML_KEM_PublicKey(public_key, set_.mode);
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
    ParameterSet set_;
    std::optional<BotanRng> rng_;
    std::optional<Botan::ML_KEM_PrivateKey> own_;
};

HybridClassical x25519() {
    return {make_x25519(), kX25519Size};
}
HybridClassical nistp256() {
    return {make_ecdh("secp256r1"), 65};
}
HybridClassical nistp384() {
    return {make_ecdh("secp384r1"), 97};
}

struct Method {
    std::string_view name;
    std::string_view hash;
    const ParameterSet& kem;
    HybridClassical (*classical)();
};

constexpr Method kMethods[] = {
    {"mlkem768x25519-sha256", "SHA-256", kMlKem768, x25519},
    {"mlkem768nistp256-sha256", "SHA-256", kMlKem768, nistp256},
    {"mlkem1024nistp384-sha384", "SHA-384", kMlKem1024, nistp384},
};

}  // namespace

Result<std::unique_ptr<KexMethod>> make_mlkem_kex(std::string_view name,
                                                  const KexContext& context) {
    for (const Method& method : kMethods) {
        if (method.name != name) continue;
        return make_hybrid_kex(context, method.hash, std::make_unique<MlKem>(method.kem),
                               method.classical());
    }
    return Error{Errc::unsupported, Disconnect::none, 0, "no such hybrid"};
}

}  // namespace nacre::detail
