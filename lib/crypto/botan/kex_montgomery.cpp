#include "crypto/botan/kex_montgomery.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_error.hpp"

#include <botan/pubkey.h>
#include <botan/x25519.h>
#include <botan/x448.h>

#include <optional>

namespace nacre::detail {
namespace {

template <class PrivateKey, std::size_t kSize>
class Montgomery final : public KeyAgreement {
  public:
    Bytes offer(Rng& rng) override {
        rng_.emplace(rng);
        own_.emplace(*rng_);
        return own_->raw_public_key_bits();
    }

    Result<Answer> answer(ByteView offer, Rng& rng) override {
        NACRE_CHECK(check_length(offer));
        Bytes share = this->offer(rng);
        NACRE_TRY(auto secret, finish(offer));
        return Answer{std::move(share), std::move(secret)};
    }

    Result<SecretBytes> finish(ByteView share) override {
        NACRE_CHECK(check_length(share));
        // A share of low order makes every secret zero (RFC 8731 s3: MUST abort): Botan refuses it.
        return guarded(kex_misbehaved("share of low order"), [&]() -> Result<SecretBytes> {
            const Botan::PK_Key_Agreement agreement(*own_, *rng_, "Raw");
            return SecretBytes(ByteView(agreement.derive_key(0, share).bits_of()));
        });
    }

  private:
    static Result<void> check_length(ByteView share) {
        if (share.size() == kSize) return {};
        return kex_malformed("share is not as long as the curve's field", share.size());
    }

    std::optional<BotanRng> rng_;
    std::optional<PrivateKey> own_;
};

using X25519 = Montgomery<Botan::X25519_PrivateKey, kX25519Size>;
using X448 = Montgomery<Botan::X448_PrivateKey, kX448Size>;

}  // namespace

std::unique_ptr<KeyAgreement> make_x25519() {
    return std::make_unique<X25519>();
}

Result<std::unique_ptr<KexMethod>> make_curve25519_kex(std::string_view /*name*/,
                                                       const KexContext& context) {
    return make_agreement_kex(context, "SHA-256", SecretEncoding::mpint, make_x25519());
}

Result<std::unique_ptr<KexMethod>> make_curve448_kex(std::string_view /*name*/,
                                                     const KexContext& context) {
    return make_agreement_kex(context, "SHA-512", SecretEncoding::mpint, std::make_unique<X448>());
}

}  // namespace nacre::detail
