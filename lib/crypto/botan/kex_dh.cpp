#include "crypto/botan/kex_dh.hpp"

#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_agreement.hpp"
#include "crypto/botan/kex_dh_group.hpp"
#include "crypto/botan/kex_error.hpp"

#include <nacre/wire/message/kex.hpp>

namespace nacre::detail {
namespace {

constexpr Error kFailed = kex_crypto_failed("Diffie-Hellman failed");
constexpr Error kOutOfRange = kex_misbehaved("Diffie-Hellman value is not between 1 and p - 1");

struct FixedGroup {
    std::string_view method;
    std::string_view hash;
    std::string_view botan_name;
};

constexpr FixedGroup kGroups[] = {
    {"diffie-hellman-group1-sha1", "SHA-1", "modp/ietf/1024"},
    {"diffie-hellman-group14-sha1", "SHA-1", "modp/ietf/2048"},
    {"diffie-hellman-group14-sha256", "SHA-256", "modp/ietf/2048"},
    {"diffie-hellman-group15-sha512", "SHA-512", "modp/ietf/3072"},
    {"diffie-hellman-group16-sha512", "SHA-512", "modp/ietf/4096"},
    {"diffie-hellman-group17-sha512", "SHA-512", "modp/ietf/6144"},
    {"diffie-hellman-group18-sha512", "SHA-512", "modp/ietf/8192"},
};

class DhKex final : public KexMethod {
  public:
    DhKex(const KexContext& context, const FixedGroup& group)
        : role_(context.role),
          rng_(*context.rng),
          hash_(group.hash),
          party_(Botan::DL_Group::from_name(group.botan_name)),
          awaited_(role_ == Role::client ? 0 : msg::KexDhInit::kNumber) {}

    std::string_view hash() const noexcept override { return hash_; }
    bool costly() const noexcept override { return party_.group().p_bits() >= kCostlyGroupBits; }
    bool expects(std::uint8_t number) const noexcept override {
        return awaited_ != 0 && number == awaited_;
    }

    Result<KexStep> start() noexcept override {
        return guarded(kFailed, [this]() -> Result<KexStep> {
            KexStep step;
            if (role_ == Role::server) return step;
            e_ = party_.make_public(rng_);
            KexMessage init{msg::KexDhInit::kNumber, {}};
            write_body(msg::KexDhInit{{e_}}, init.body);
            step.send = std::move(init);
            awaited_ = msg::KexDhReply::kNumber;
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
        const auto init = decode<msg::KexDhInit>(body);
        if (!init) return kex_error(init.error());
        if (!party_.accepts(init->e.magnitude)) return kOutOfRange;
        const Bytes f = party_.make_public(rng_);
        KexDone done = outcome(init->e.magnitude, f, init->e.magnitude);
        done.reply_number = msg::KexDhReply::kNumber;
        Writer(done.reply_field).mpint(f);
        return KexStep{std::nullopt, std::move(done)};
    }

    Result<KexStep> finish(ByteView body) {
        const auto reply = decode<msg::KexDhReply>(body);
        if (!reply) return kex_error(reply.error());
        if (!party_.accepts(reply->f.magnitude)) return kOutOfRange;
        KexDone done = outcome(e_, reply->f.magnitude, reply->f.magnitude);
        done.host_key = to_bytes(reply->k_s);
        done.signature = to_bytes(reply->signature);
        return KexStep{std::nullopt, std::move(done)};
    }

    KexDone outcome(ByteView e, ByteView f, ByteView theirs) const {
        KexDone done;
        Writer(done.hash_fields).mpint(e).mpint(f);
        done.shared_secret = encode_secret(party_.agree(theirs), SecretEncoding::mpint);
        return done;
    }

    Role role_;
    Rng& rng_;
    std::string_view hash_;
    DhParty party_;
    std::uint8_t awaited_;  // number of the message we wait for; 0: none
    Bytes e_;               // client: what we sent
};

}  // namespace

Result<std::unique_ptr<KexMethod>> make_dh_kex(std::string_view name, const KexContext& context) {
    for (const auto& group : kGroups) {
        if (group.method == name) {
            return std::unique_ptr<KexMethod>(std::make_unique<DhKex>(context, group));
        }
    }
    return Error{Errc::unsupported, Disconnect::none, 0, "no such group"};
}

}  // namespace nacre::detail
