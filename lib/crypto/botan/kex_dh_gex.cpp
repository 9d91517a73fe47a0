#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_agreement.hpp"
#include "crypto/botan/kex_dh.hpp"
#include "crypto/botan/kex_dh_group.hpp"
#include "crypto/botan/kex_error.hpp"

#include <nacre/wire/message/kex.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace nacre::detail {
namespace {

constexpr Error kFailed = kex_crypto_failed("Diffie-Hellman group exchange failed");
constexpr Error kOutOfRange = kex_misbehaved("Diffie-Hellman value is not between 1 and p - 1");

/// RFC 3526, for a server that has no groups of its own.
constexpr std::uint32_t kBuiltInBits[] = {2048, 3072, 4096, 6144, 8192};

/// The size to use: the smallest that is at least `n`, else the largest, within [min, max]; 0:
/// none.
template <class Sizes>
std::uint32_t choose_bits(const Sizes& ascending, std::uint32_t min, std::uint32_t n,
                          std::uint32_t max) noexcept {
    std::uint32_t chosen = 0;
    for (const std::uint32_t bits : ascending) {
        if (bits < min || bits > max) continue;
        if (chosen < n) chosen = bits;
    }
    return chosen;
}

std::optional<Botan::DL_Group> choose_group(const std::vector<DhGroup>* own, Rng& rng,
                                            std::uint32_t min, std::uint32_t n, std::uint32_t max) {
    if (own == nullptr || own->empty()) {
        const std::uint32_t bits = choose_bits(kBuiltInBits, min, n, max);
        if (bits == 0) return std::nullopt;
        return Botan::DL_Group::from_name("modp/ietf/" + std::to_string(bits));
    }
    std::vector<std::uint32_t> sizes;
    for (const auto& group : *own) sizes.push_back(group.bits);
    const std::uint32_t bits = choose_bits(sizes, min, n, max);
    if (bits == 0) return std::nullopt;
    // Any of that size: whoever wants to break them all beforehand has more to do.
    std::vector<const DhGroup*> candidates;
    for (const auto& group : *own) {
        if (group.bits == bits) candidates.push_back(&group);
    }
    std::uint8_t random[4];
    rng.fill(random);
    const auto& group = *candidates[load_be32(random) % candidates.size()];
    return Botan::DL_Group(Botan::BigInt(group.p), Botan::BigInt(group.g));
}

class DhGexKex final : public KexMethod {
  public:
    DhGexKex(const KexContext& context, std::string_view hash)
        : role_(context.role), rng_(*context.rng), hash_(hash), groups_(context.groups) {
        if (role_ == Role::server) {
            state_ = State::request;
        } else {
            sizes_ = {kMinGroupBits, std::clamp(context.group_bits, kMinGroupBits, kMaxGroupBits),
                      kMaxGroupBits};
        }
    }

    std::string_view hash() const noexcept override { return hash_; }
    /// The size is not known beforehand.
    bool costly() const noexcept override { return true; }
    bool expects(std::uint8_t number) const noexcept override {
        return awaited() != 0 && number == awaited();
    }

    Result<KexStep> start() noexcept override {
        return guarded(kFailed, [this]() -> Result<KexStep> {
            KexStep step;
            if (role_ == Role::server) return step;
            step.send = message(sizes_);
            state_ = State::group;
            return step;
        });
    }

    Result<KexStep> step(std::uint8_t number, ByteView body) noexcept override {
        if (!expects(number)) return kex_misbehaved("key exchange message out of turn", number);
        const State state = std::exchange(state_, State::idle);
        return guarded(kFailed, [&]() -> Result<KexStep> {
            switch (state) {
                case State::request:
                    return on_request(body);
                case State::group:
                    return on_group(body);
                case State::init:
                    return on_init(body);
                case State::reply:
                    return on_reply(body);
                case State::idle:
                    break;
            }
            return kFailed;
        });
    }

  private:
    /// Which message we wait for.
    enum class State : std::uint8_t { idle, request, group, init, reply };

    std::uint8_t awaited() const noexcept {
        switch (state_) {
            case State::request:
                return msg::KexDhGexRequest::kNumber;
            case State::group:
                return msg::KexDhGexGroup::kNumber;
            case State::init:
                return msg::KexDhGexInit::kNumber;
            case State::reply:
                return msg::KexDhGexReply::kNumber;
            case State::idle:
                break;
        }
        return 0;
    }

    template <class Message>
    static KexMessage message(const Message& fields) {
        KexMessage message{Message::kNumber, {}};
        write_body(fields, message.body);
        return message;
    }

    Result<KexStep> on_request(ByteView body) {
        const auto request = decode<msg::KexDhGexRequest>(body);
        if (!request) return kex_error(request.error());
        sizes_ = *request;  // these three are hashed, not what we make of them
        if (sizes_.max < sizes_.min || sizes_.n < sizes_.min || sizes_.max < sizes_.n ||
            sizes_.max < kMinGroupBits) {
            return kex_misbehaved("group sizes asked for are out of order or too small");
        }
        auto group = choose_group(groups_, rng_, std::max(sizes_.min, kMinGroupBits),
                                  std::clamp(sizes_.n, kMinGroupBits, kMaxGroupBits),
                                  std::min(sizes_.max, kMaxGroupBits));
        if (!group) return kex_failed("no group of the size asked for");
        use(std::move(*group));
        KexStep step;
        step.send = message(msg::KexDhGexGroup{{p_}, {g_}});
        state_ = State::init;
        return step;
    }

    Result<KexStep> on_group(ByteView body) {
        const auto group = decode<msg::KexDhGexGroup>(body);
        if (!group) return kex_error(group.error());
        const Botan::BigInt p(group->p.magnitude), g(group->g.magnitude);
        if (p.bits() < sizes_.min || p.bits() > sizes_.max || p.is_even()) {
            return kex_misbehaved("group is not of a size asked for, or even",
                                  static_cast<std::uint32_t>(p.bits()));
        }
        if (g <= 1 || g >= p - 1) return kex_misbehaved("generator is not between 1 and p - 1");
        use(Botan::DL_Group(p, g));
        e_ = party_->make_public(rng_);
        KexStep step;
        step.send = message(msg::KexDhGexInit{{e_}});
        state_ = State::reply;
        return step;
    }

    Result<KexStep> on_init(ByteView body) {
        const auto init = decode<msg::KexDhGexInit>(body);
        if (!init) return kex_error(init.error());
        if (!party_->accepts(init->e.magnitude)) return kOutOfRange;
        const Bytes f = party_->make_public(rng_);
        KexDone done = outcome(init->e.magnitude, f, init->e.magnitude);
        done.reply_number = msg::KexDhGexReply::kNumber;
        Writer(done.reply_field).mpint(f);
        return KexStep{std::nullopt, std::move(done)};
    }

    Result<KexStep> on_reply(ByteView body) {
        const auto reply = decode<msg::KexDhGexReply>(body);
        if (!reply) return kex_error(reply.error());
        if (!party_->accepts(reply->f.magnitude)) return kOutOfRange;
        KexDone done = outcome(e_, reply->f.magnitude, reply->f.magnitude);
        done.host_key = to_bytes(reply->k_s);
        done.signature = to_bytes(reply->signature);
        return KexStep{std::nullopt, std::move(done)};
    }

    void use(Botan::DL_Group group) {
        p_ = magnitude_of(group.get_p());
        g_ = magnitude_of(group.get_g());
        party_.emplace(std::move(group));
    }

    KexDone outcome(ByteView e, ByteView f, ByteView theirs) const {
        KexDone done;
        Writer(done.hash_fields)
            .u32(sizes_.min)
            .u32(sizes_.n)
            .u32(sizes_.max)
            .mpint(p_)
            .mpint(g_)
            .mpint(e)
            .mpint(f);
        done.shared_secret = encode_secret(party_->agree(theirs), SecretEncoding::mpint);
        return done;
    }

    Role role_;
    Rng& rng_;
    std::string_view hash_;
    const std::vector<DhGroup>* groups_;
    State state_ = State::idle;
    msg::KexDhGexRequest sizes_;
    Bytes p_, g_;
    std::optional<DhParty> party_;  // once the group is known
    Bytes e_;                       // client: what we sent
};

}  // namespace

Result<std::unique_ptr<KexMethod>> make_dh_gex_kex(std::string_view name,
                                                   const KexContext& context) {
    const std::string_view hash = name.ends_with("-sha1") ? "SHA-1" : "SHA-256";
    return std::unique_ptr<KexMethod>(std::make_unique<DhGexKex>(context, hash));
}

}  // namespace nacre::detail
