#include "nacre-pkcs11/objects.hpp"
#include "nacre-pkcs11/signature.hpp"

#include <nacre/keys/public_key.hpp>

#include <algorithm>

namespace nacre::pkcs11 {

namespace {

using namespace detail;

/// Bytes of a signature: that of the longest RSA key.
constexpr std::size_t kMaxSignature = 16'384 / 8;

constexpr Error kNoKey{Errc::not_found, Disconnect::none, 0, "pkcs11: no such key in the token"};

/// Whether a new session may help: the token was pulled out and put back, somebody else has ended
/// our session or login, or a signature was begun and not made.
bool session_lost(const Error& error) noexcept {
    if (error.code != Errc::local_failed) return false;
    switch (error.detail) {
        case CKR_SESSION_HANDLE_INVALID:
        case CKR_SESSION_CLOSED:
        case CKR_USER_NOT_LOGGED_IN:
        case CKR_KEY_HANDLE_INVALID:
        case CKR_OBJECT_HANDLE_INVALID:
        case CKR_OPERATION_ACTIVE:
        case CKR_DEVICE_REMOVED:
        case CKR_TOKEN_NOT_PRESENT:
            return true;
        default:
            return false;
    }
}

/// Whether a public key may be the other half: certainly not on another curve. Where the private
/// key does not tell its curve, or has none, its id has to do.
bool may_be_half(Session& session, const KeyObject& key, const KeyObject& candidate) {
    if (candidate.type != key.type) return false;
    const auto curve = curve_of(session, key);
    if (!curve) return !key.id.empty();
    const auto other = curve_of(session, candidate);
    return other && same_bytes(*curve, *other);
}

/// The public half of a private key: of its own, or of the public key with the same id. A key
/// without an id has that of its label, if no other key has that label too.
Result<Bytes> public_half(Session& session, const KeyObject& key) {
    if (auto own = public_blob_of(session, key)) return own;
    if (key.id.empty() && key.label.empty()) return kNoKey;
    const std::string label = key.id.empty() ? key.label : std::string();
    NACRE_TRY(const auto candidates, find_keys(session, CKO_PUBLIC_KEY, label, key.id));
    std::optional<Bytes> found;
    for (const auto& candidate : candidates) {
        if (!may_be_half(session, key, candidate)) continue;
        auto blob = public_blob_of(session, candidate);
        if (!blob) continue;
        if (found && !same_bytes(*found, *blob)) return kNoKey;
        found = *std::move(blob);
    }
    if (!found) return kNoKey;
    return *std::move(found);
}

class TokenSigner final : public Signer {
  public:
    TokenSigner(std::shared_ptr<Session> session, KeyObject object,
                std::shared_ptr<const PublicKey> key, const Provider& provider)
        : session_(std::move(session)),
          object_(std::move(object)),
          epoch_(session_->epoch()),
          key_(std::move(key)),
          provider_(provider),
          ways_(ways_for(key_->type())) {
        for (const Way& way : ways_) algorithms_.push_back(way.algorithm);
    }

    ByteView public_blob() const noexcept override { return key_->blob(); }
    std::string_view type() const noexcept override { return key_->type(); }
    std::span<const std::string_view> algorithms() const noexcept override { return algorithms_; }
    bool immediate() const noexcept override { return true; }
    bool costly() const noexcept override { return true; }

    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        reply(signature(data, algorithm));
    }

  private:
    Result<Signature> signature(ByteView data, std::string_view algorithm) {
        const auto way = std::find_if(ways_.begin(), ways_.end(), [&](const Way& known) {
            return known.algorithm == algorithm;
        });
        if (way == ways_.end())
            return Error{Errc::unsupported, Disconnect::none, 0,
                         "pkcs11: the key has no such algorithm"};
        NACRE_TRY(Bytes blob, blob_by(*way, data));
        // A fault while an RSA signature is computed would give the key away.
        if (!key_->verify(algorithm, data, blob))
            return Error{Errc::crypto_failed, Disconnect::none, 0,
                         "pkcs11: the token's signature is wrong"};
        return Signature{std::move(blob)};
    }

    Result<Bytes> blob_by(const Way& way, ByteView data) {
        const std::scoped_lock one_at_a_time(session_->mutex);
        const bool whole = way.whole != way.mechanism && session_->has_mechanism(way.whole);
        NACRE_TRY(const Bytes prepared,
                  whole ? Result<Bytes>(to_bytes(data)) : prepare(way, data, provider_));
        const CK_MECHANISM_TYPE mechanism = whole ? way.whole : way.mechanism;
        auto raw = try_once(mechanism, prepared);
        if (!raw && session_lost(raw.error())) {
            session_->close();
            raw = try_once(mechanism, prepared);
        }
        if (!raw) return raw.error();
        return signature_blob(way, *raw);
    }

    Result<Bytes> try_once(CK_MECHANISM_TYPE mechanism, ByteView data) {
        if (!session_->is_open()) NACRE_CHECK(session_->open(true));
        if (epoch_ != session_->epoch()) NACRE_CHECK(find_again());
        return ask_token(mechanism, data);
    }

    // The handle of an object is of one session.
    Result<void> find_again() {
        NACRE_TRY(const auto found,
                  find_keys(*session_, CKO_PRIVATE_KEY, object_.label, object_.id));
        for (const auto& object : found) {
            if (object.type != object_.type) continue;
            // Others may have neither label nor id either.
            const auto blob = public_half(*session_, object);
            if (!blob || !same_bytes(*blob, key_->blob())) continue;
            object_.handle = object.handle;
            epoch_ = session_->epoch();
            return {};
        }
        return kNoKey;
    }

    Result<Bytes> ask_token(CK_MECHANISM_TYPE type, ByteView data) {
        auto& module = session_->module();
        CK_MECHANISM mechanism{type, nullptr, 0};
        CK_RV done = module.C_SignInit(session_->handle(), &mechanism, object_.handle);
        if (done != CKR_OK) return token_failed(done, "pkcs11: the token will not sign");
        if (is_true(*session_, object_.handle, CKA_ALWAYS_AUTHENTICATE))
            NACRE_CHECK(session_->login_again());
        Bytes raw(kMaxSignature);
        CK_ULONG size = raw.size();
        // The interface of C has no const.
        Bytes copy = to_bytes(data);
        done = module.C_Sign(session_->handle(), copy.data(), copy.size(), raw.data(), &size);
        if (done != CKR_OK || size > raw.size())
            return token_failed(done, "pkcs11: the token does not sign");
        raw.resize(size);
        return raw;
    }

    const std::shared_ptr<Session> session_;
    KeyObject object_;     // under the session's mutex
    std::uint64_t epoch_;  // of object_.handle
    const std::shared_ptr<const PublicKey> key_;
    const Provider& provider_;
    const std::span<const Way> ways_;
    std::vector<std::string_view> algorithms_;
};

Result<CK_FUNCTION_LIST*> module_of(const Uri& uri) {
    return load_module(uri.module_path.empty() ? std::string(kDefaultModule) : uri.module_path);
}

}  // namespace

Result<std::vector<KeyInfo>> list_keys(const Uri& uri) {
    NACRE_TRY(CK_FUNCTION_LIST * module, module_of(uri));
    NACRE_TRY(auto slots, find_slots(*module, uri));
    std::vector<KeyInfo> keys;
    for (auto& slot : slots) {
        Session session(*module, std::move(slot), {}, nullptr);
        NACRE_CHECK(session.open(false));
        NACRE_TRY(auto found, find_keys(session, CKO_PUBLIC_KEY, uri.object, uri.id));
        for (auto& key : found) {
            auto blob = public_blob_of(session, key);
            if (!blob) continue;
            const auto type = public_blob_type(*blob);
            if (!type) continue;
            keys.push_back({session.slot().token, std::move(key.label), std::move(key.id),
                            std::string(*type), *std::move(blob)});
        }
    }
    return keys;
}

Result<std::vector<std::shared_ptr<Signer>>> make_signers(const Uri& uri, AskPin ask_pin,
                                                          const Provider& provider) {
    NACRE_TRY(CK_FUNCTION_LIST * module, module_of(uri));
    NACRE_TRY(auto slots, find_slots(*module, uri));
    std::vector<std::shared_ptr<Signer>> signers;
    for (const auto& slot : slots) {
        const auto session =
            std::make_shared<Session>(*module, slot, ask_pin, pin_of(*module, slot));
        NACRE_CHECK(session->open(true));
        NACRE_TRY(auto keys, find_keys(*session, CKO_PRIVATE_KEY, uri.object, uri.id));
        for (auto& object : keys) {
            const auto blob = public_half(*session, object);
            if (!blob) continue;
            auto key = provider.public_key(*blob);
            if (!key || ways_for((*key)->type()).empty()) continue;
            signers.push_back(std::make_shared<TokenSigner>(session, std::move(object),
                                                            *std::move(key), provider));
        }
    }
    if (signers.empty()) return kNoKey;
    return signers;
}

}  // namespace nacre::pkcs11
