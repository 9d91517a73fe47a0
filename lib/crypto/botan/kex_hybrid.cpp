#include "crypto/botan/kex_hybrid.hpp"

#include "crypto/botan/kex_error.hpp"

#include <botan/hash.h>

namespace nacre::detail {
namespace {

class Hybrid final : public KeyAgreement {
  public:
    Hybrid(std::string_view hash, std::unique_ptr<HybridKem> kem, HybridClassical classical)
        : hash_(hash), kem_(std::move(kem)), classical_(std::move(classical)) {}

    Bytes offer(Rng& rng) override {
        Bytes share = kem_->make_key_pair(rng);
        append(share, classical_.agreement->offer(rng));
        return share;
    }

    Result<Answer> answer(ByteView offer, Rng& rng) override {
        if (offer.size() != kem_->public_size() + classical_.share_size) {
            return kex_malformed("C_INIT has the wrong length", offer.size());
        }
        NACRE_TRY(auto classical,
                  classical_.agreement->answer(offer.last(classical_.share_size), rng));
        NACRE_TRY(auto capsule, kem_->encapsulate(offer.first(kem_->public_size()), rng));
        Answer answer{std::move(capsule.ciphertext), combine(capsule.secret, classical.secret)};
        append(answer.share, classical.share);
        return answer;
    }

    Result<SecretBytes> finish(ByteView share) override {
        if (share.size() != kem_->ciphertext_size() + classical_.share_size) {
            return kex_malformed("S_REPLY has the wrong length", share.size());
        }
        NACRE_TRY(auto classical, classical_.agreement->finish(share.last(classical_.share_size)));
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
    HybridClassical classical_;
};

}  // namespace

std::unique_ptr<KexMethod> make_hybrid_kex(const KexContext& context, std::string_view hash,
                                           std::unique_ptr<HybridKem> kem,
                                           HybridClassical classical) {
    return make_agreement_kex(context, hash, SecretEncoding::string,
                              std::make_unique<Hybrid>(hash, std::move(kem), std::move(classical)));
}

}  // namespace nacre::detail
