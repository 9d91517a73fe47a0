#include "crypto/botan/kex_hybrid.hpp"

#include "crypto/botan/kex_error.hpp"
#include "crypto/botan/kex_x25519.hpp"

#include <botan/hash.h>

namespace nacre::detail {
namespace {

class Hybrid final : public KeyAgreement {
  public:
    Hybrid(std::string_view hash, std::unique_ptr<HybridKem> kem)
        : hash_(hash), kem_(std::move(kem)), classical_(make_x25519()) {}

    Bytes offer(Rng& rng) override {
        Bytes share = kem_->make_key_pair(rng);
        append(share, classical_->offer(rng));
        return share;
    }

    Result<Answer> answer(ByteView offer, Rng& rng) override {
        if (offer.size() != kem_->public_size() + kX25519Size) {
            return kex_malformed("C_INIT has the wrong length", offer.size());
        }
        NACRE_TRY(auto classical, classical_->answer(offer.last(kX25519Size), rng));
        NACRE_TRY(auto capsule, kem_->encapsulate(offer.first(kem_->public_size()), rng));
        Answer answer{std::move(capsule.ciphertext), combine(capsule.secret, classical.secret)};
        append(answer.share, classical.share);
        return answer;
    }

    Result<SecretBytes> finish(ByteView share) override {
        if (share.size() != kem_->ciphertext_size() + kX25519Size) {
            return kex_malformed("S_REPLY has the wrong length", share.size());
        }
        NACRE_TRY(auto classical, classical_->finish(share.last(kX25519Size)));
        return combine(kem_->decapsulate(share.first(kem_->ciphertext_size())), classical);
    }

  private:
    SecretBytes combine(const SecretBytes& kem, const SecretBytes& classical) const {
        const auto hash = Botan::HashFunction::create_or_throw(hash_);
        hash->update(kem.view());
        hash->update(classical.view());
        SecretBytes secret(hash->output_length());
        hash->final(secret.span());
        return secret;
    }

    std::string_view hash_;
    std::unique_ptr<HybridKem> kem_;
    std::unique_ptr<KeyAgreement> classical_;
};

}  // namespace

std::unique_ptr<KexMethod> make_hybrid_kex(const KexContext& context, std::string_view hash,
                                           std::unique_ptr<HybridKem> kem) {
    return make_agreement_kex(context, hash, SecretEncoding::string,
                              std::make_unique<Hybrid>(hash, std::move(kem)));
}

}  // namespace nacre::detail
