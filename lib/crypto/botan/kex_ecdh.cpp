#include "crypto/botan/kex_ecdh.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/kex_error.hpp"

#include <botan/ec_apoint.h>
#include <botan/ec_group.h>
#include <botan/ecdh.h>
#include <botan/pubkey.h>

#include <optional>

namespace nacre::detail {
namespace {

struct Curve {
    std::string_view method;
    std::string_view hash;
    std::string_view botan_name;
};

constexpr Curve kCurves[] = {
    {"ecdh-sha2-nistp256", "SHA-256", "secp256r1"},
    {"ecdh-sha2-nistp384", "SHA-384", "secp384r1"},
    {"ecdh-sha2-nistp521", "SHA-512", "secp521r1"},
};

class Ecdh final : public KeyAgreement {
  public:
    explicit Ecdh(std::string_view curve) : group_(Botan::EC_Group::from_name(curve)) {}

    Bytes offer(Rng& rng) override {
        rng_.emplace(rng);
        own_.emplace(*rng_, group_);
        return own_->public_value();
    }

    Result<Answer> answer(ByteView offer, Rng& rng) override {
        // The check comes first: it is cheaper than a key of our own.
        if (!is_point(offer)) return not_a_point(offer);
        Bytes share = this->offer(rng);
        return Answer{std::move(share), agree(offer)};
    }

    Result<SecretBytes> finish(ByteView share) override {
        if (!is_point(share)) return not_a_point(share);
        return agree(share);
    }

  private:
    /// RFC 5656 s4: the point must be validated. Uncompressed only: nobody sends another form.
    bool is_point(ByteView share) const {
        if (share.size() != 1 + 2 * group_.get_p_bytes() || share[0] != 4) return false;
        const auto point = Botan::EC_AffinePoint::deserialize(group_, share);
        return point && !point->is_identity();
    }

    static Error not_a_point(ByteView share) {
        return kex_malformed("ECDH share is not an uncompressed point on the curve", share.size());
    }

    SecretBytes agree(ByteView share) {
        const Botan::PK_Key_Agreement agreement(*own_, *rng_, "Raw");
        return SecretBytes(ByteView(agreement.derive_key(0, share).bits_of()));
    }

    Botan::EC_Group group_;
    std::optional<BotanRng> rng_;
    std::optional<Botan::ECDH_PrivateKey> own_;
};

}  // namespace

std::unique_ptr<KeyAgreement> make_ecdh(std::string_view curve) {
    return std::make_unique<Ecdh>(curve);
}

Result<std::unique_ptr<KexMethod>> make_ecdh_kex(std::string_view name, const KexContext& context) {
    for (const auto& curve : kCurves) {
        if (curve.method != name) continue;
        return make_agreement_kex(context, curve.hash, SecretEncoding::mpint,
                                  make_ecdh(curve.botan_name));
    }
    return Error{Errc::unsupported, Disconnect::none, 0, "no such curve"};
}

}  // namespace nacre::detail
