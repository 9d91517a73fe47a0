#include "crypto/botan/kex_agreement.hpp"

#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_error.hpp"

#include <nacre/wire/message/kex.hpp>

namespace nacre::detail {
namespace {

constexpr Error kFailed = kex_crypto_failed("key agreement failed");

class AgreementKex final : public KexMethod {
  public:
    AgreementKex(const KexContext& context, std::string_view hash, SecretEncoding encoding,
                 std::unique_ptr<KeyAgreement> agreement) noexcept
        : role_(context.role),
          rng_(*context.rng),
          hash_(hash),
          encoding_(encoding),
          agreement_(std::move(agreement)),
          awaited_(role_ == Role::client ? 0 : msg::KexEcdhInit::kNumber) {}

    std::string_view hash() const noexcept override { return hash_; }
    bool costly() const noexcept override { return false; }
    bool expects(std::uint8_t number) const noexcept override {
        return awaited_ != 0 && number == awaited_;
    }

    Result<KexStep> start() noexcept override {
        return guarded(kFailed, [this]() -> Result<KexStep> {
            KexStep step;
            if (role_ == Role::server) return step;
            offer_ = agreement_->offer(rng_);
            KexMessage init{msg::KexEcdhInit::kNumber, {}};
            write_body(msg::KexEcdhInit{offer_}, init.body);
            step.send = std::move(init);
            awaited_ = msg::KexEcdhReply::kNumber;
            return step;
        });
    }

    Result<KexStep> step(std::uint8_t number, ByteView body) noexcept override {
        if (!expects(number)) return kex_misbehaved("key exchange message out of turn", number);
        awaited_ = 0;
        return guarded(kFailed, [&]() -> Result<KexStep> {
            return role_ == Role::server ? answer(body) : finish(body);
        });
    }

  private:
    Result<KexStep> answer(ByteView body) {
        const auto init = decode<msg::KexEcdhInit>(body);
        if (!init) return kex_error(init.error());
        NACRE_TRY(const auto answer, agreement_->answer(init->q_c, rng_));
        KexDone done = outcome(init->q_c, answer.share, answer.secret);
        done.reply_number = msg::KexEcdhReply::kNumber;
        Writer(done.reply_field).string(answer.share);
        return KexStep{std::nullopt, std::move(done)};
    }

    Result<KexStep> finish(ByteView body) {
        const auto reply = decode<msg::KexEcdhReply>(body);
        if (!reply) return kex_error(reply.error());
        NACRE_TRY(const auto secret, agreement_->finish(reply->q_s));
        KexDone done = outcome(offer_, reply->q_s, secret);
        done.host_key = to_bytes(reply->k_s);
        done.signature = to_bytes(reply->signature);
        return KexStep{std::nullopt, std::move(done)};
    }

    KexDone outcome(ByteView q_c, ByteView q_s, ByteView secret) const {
        KexDone done;
        Writer(done.hash_fields).string(q_c).string(q_s);
        done.shared_secret = encode_secret(secret, encoding_);
        return done;
    }

    Role role_;
    Rng& rng_;
    std::string_view hash_;
    SecretEncoding encoding_;
    std::unique_ptr<KeyAgreement> agreement_;
    std::uint8_t awaited_;  // number of the message we wait for; 0: none
    Bytes offer_;           // client: what we sent
};

}  // namespace

std::unique_ptr<KexMethod> make_agreement_kex(const KexContext& context, std::string_view hash,
                                              SecretEncoding encoding,
                                              std::unique_ptr<KeyAgreement> agreement) {
    return std::make_unique<AgreementKex>(context, hash, encoding, std::move(agreement));
}

SecretBytes encode_secret(ByteView secret, SecretEncoding encoding) {
    SecretBuffer encoded;
    Writer writer(encoded);
    if (encoding == SecretEncoding::mpint) {
        writer.mpint(secret);
    } else {
        writer.string(secret);
    }
    return SecretBytes(encoded.view());
}

}  // namespace nacre::detail
