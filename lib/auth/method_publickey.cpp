#include "auth/pubkey_algorithms.hpp"
#include "auth/publickey_signed_data.hpp"
#include "auth/server_method.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/message/auth.hpp>

namespace nacre::detail {
namespace {

/// Checks a signature.
class VerifyJob final : public Job {
  public:
    VerifyJob(std::shared_ptr<const PublicKey> key, std::string algorithm, Bytes data,
              Bytes signature, Reply<bool> reply)
        : key_(std::move(key)),
          algorithm_(std::move(algorithm)),
          data_(std::move(data)),
          signature_(std::move(signature)),
          reply_(std::move(reply)) {}

    void run() override { right_ = key_->verify(algorithm_, data_, signature_); }
    void finish() override { reply_(right_); }

  private:
    std::shared_ptr<const PublicKey> key_;
    std::string algorithm_;
    Bytes data_;
    Bytes signature_;
    Reply<bool> reply_;
    bool right_ = false;
};

/// RFC 4252 s7 and publickey-hostbound-v00@openssh.com. What is parsed from one request serves that
/// request only: a key that was offered means nothing to the request after it.
class MethodPublickey final : public ServerMethod {
  public:
    using ServerMethod::ServerMethod;

    AuthMethod method() const noexcept override { return AuthMethod::publickey; }

    bool owns(std::string_view name) const noexcept override {
        return name == kPublickey || name == kPublickeyHostbound;
    }

    Result<void> parse(std::string_view name, ByteView data) override {
        NACRE_TRY(request_, decode<msg::PublickeyData>(data));
        Reader r(request_.rest.bytes);
        host_key_.reset();
        if (name == kPublickeyHostbound) host_key_ = r.string();
        signature_ = request_.has_signature ? r.string() : ByteView{};
        if (!r.done()) return malformed("publickey request", msg::userauth_request);
        return {};
    }

    void start() override {
        key_.reset();
        algorithm_.clear();
        authenticator_.reset();
        if (const char* reason = check_key()) {
            refuse(reason);
        } else if (!request_.has_signature) {
            exchange_.handler().key_offered(exchange_.request(), *key_,
                                            ask<&MethodPublickey::on_offered>());
        } else if (!signature_names_algorithm()) {
            refuse("signature of another algorithm");
        } else {
            verify();
        }
    }

  private:
    // Takes key and algorithm over from the request, or says why not.
    const char* check_key() {
        const auto name = request_.public_key_algorithm_name;
        const Provider& provider = exchange_.port().provider();
        // A name that we do not know must not end the session: clients try older ones next.
        if (!pubkey_algorithm_enabled(name, exchange_.config().pubkey_algorithms, provider))
            return "signature algorithm not accepted";
        const auto rsa = rsa_bits(request_.public_key_blob);
        if (too_short(rsa)) return "RSA key too short";
        // Only the code of types that are in use sees what a stranger sends.
        if (!is_key_of(request_.public_key_blob, name))
            return "signature algorithm does not fit the key";
        auto key = provider.public_key(request_.public_key_blob);
        if (!key) return key.error().what;
        if (too_short(rsa_bits(plain_blob(**key)))) return "RSA key too short";
        const auto fitting = (*key)->algorithms();
        if (std::find(fitting.begin(), fitting.end(), name) == fitting.end())
            return "signature algorithm does not fit the key";
        algorithm_ = name;
        key_ = std::move(*key);
        if (host_key_ && !same_bytes(*host_key_, exchange_.port().info().host_key))
            return "bound to another host key";
        if (exchange_.key_used(*key_)) return "key used before in this login";
        return nullptr;
    }

    bool too_short(std::uint32_t rsa) const {
        return rsa != 0 && rsa < exchange_.config().min_rsa_bits;
    }

    bool signature_names_algorithm() const {
        Reader r(signature_);
        const auto name = r.text();
        return r.ok() && name == signature_name(algorithm_);
    }

    void verify() {
        const AuthRequest request = exchange_.request();
        Bytes data =
            publickey_signed_data({request.session.session_id, request.user,
                                   exchange_.service_name(), algorithm_, key_->blob(), host_key_});
        authenticator_ = key_->authenticator(signature_);
        Executor& executor = key_->costly() ? exchange_.port().executor() : inline_executor();
        executor.submit(std::make_unique<VerifyJob>(key_, algorithm_, std::move(data),
                                                    to_bytes(signature_),
                                                    ask<&MethodPublickey::on_verified>()));
    }

    void on_offered(Result<bool> answer) {
        if (!answer) return refuse(answer.error().what);
        if (!*answer) return refuse("key refused");
        send(exchange_.port(), msg::UserauthPkOk{algorithm_, key_->blob()});
        exchange_.reply_sent();
    }

    void on_verified(Result<bool> answer) {
        if (!answer) return refuse(answer.error().what);
        if (!*answer) return refuse("wrong signature");
        AuthRequest request = exchange_.request();
        request.authenticator = authenticator_;
        exchange_.handler().key_verified(request, key_, ask<&MethodPublickey::on_decision>());
    }

    void on_decision(Result<AuthDecision> answer) {
        if (!answer) return refuse(answer.error().what);
        if (const char* missing = missing_of_authenticator(*answer)) return refuse(missing);
        exchange_.conclude({std::move(*answer), "key refused", key_, algorithm_});
    }

    // What the security key did not do although it had to.
    const char* missing_of_authenticator(const AuthDecision& decision) const {
        const bool granted = decision.verdict == AuthDecision::Verdict::success ||
                             decision.verdict == AuthDecision::Verdict::partial;
        const LoginRestrictions none;
        const auto& rules = decision.restrictions != nullptr ? *decision.restrictions : none;
        const AuthConfig& config = exchange_.config();
        // As in sshd, verify-required asks of security keys only.
        if (!granted || !authenticator_) return nullptr;
        if (!authenticator_->user_present && (rules.touch_required || config.touch_required))
            return "the security key was not touched";
        if (!authenticator_->user_verified && (rules.verify_required || config.verify_required))
            return "the security key did not verify its user";
        return nullptr;
    }

    void refuse(const char* reason) {
        exchange_.conclude({AuthDecision::failure(), reason, key_, algorithm_});
    }

    // Views into the packet: only until start() returns.
    msg::PublickeyData request_;
    std::optional<ByteView> host_key_;
    ByteView signature_;

    std::shared_ptr<const PublicKey> key_;
    std::string algorithm_;
    std::optional<AuthenticatorData> authenticator_;
};

}  // namespace

std::unique_ptr<ServerMethod> make_method_publickey(ServerExchange& exchange) {
    return std::make_unique<MethodPublickey>(exchange);
}

}  // namespace nacre::detail
