#include "crypto/botan/kex_x25519.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/kex_error.hpp"

#include <botan/x25519.h>

#include <optional>

namespace nacre::detail {
namespace {

Result<SecretBytes> agree(const Botan::X25519_PrivateKey& own, ByteView share) {
    if (share.size() != kX25519Size) {
        return kex_malformed("X25519 share is not 32 bytes long", share.size());
    }
    const auto secret = own.agree(share.data(), share.size());
    // A share of low order makes every secret zero (RFC 8731 s3: MUST abort). No early exit.
    std::uint8_t any = 0;
    for (const std::uint8_t byte : secret) any = static_cast<std::uint8_t>(any | byte);
    if (any == 0) return kex_misbehaved("X25519 share of low order");
    return SecretBytes(ByteView(secret));
}

class X25519 final : public KeyAgreement {
  public:
    Bytes offer(Rng& rng) override {
        BotanRng botan_rng(rng);
        own_.emplace(botan_rng);
        return own_->raw_public_key_bits();
    }

    Result<Answer> answer(ByteView offer, Rng& rng) override {
        BotanRng botan_rng(rng);
        const Botan::X25519_PrivateKey own(botan_rng);
        NACRE_TRY(auto secret, agree(own, offer));
        return Answer{own.raw_public_key_bits(), std::move(secret)};
    }

    Result<SecretBytes> finish(ByteView share) override { return agree(*own_, share); }

  private:
    std::optional<Botan::X25519_PrivateKey> own_;
};

}  // namespace

std::unique_ptr<KeyAgreement> make_x25519() {
    return std::make_unique<X25519>();
}

Result<std::unique_ptr<KexMethod>> make_curve25519_kex(std::string_view /*name*/,
                                                       const KexContext& context) {
    return make_agreement_kex(context, "SHA-256", SecretEncoding::mpint, make_x25519());
}

}  // namespace nacre::detail
