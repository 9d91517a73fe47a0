/// \file
/// User authentication, server side (RFC 4252): what the program decides, now or later.
#pragma once
#include <nacre/auth/method.hpp>
#include <nacre/keys/login_restrictions.hpp>
#include <nacre/transport/layer.hpp>

#include <chrono>
#include <initializer_list>
#include <memory>
#include <vector>

namespace nacre {

/// Who asks. Views are valid during the call.
struct AuthRequest {
    std::string_view user;
    const SessionInfo& session;
    AuthMethods succeeded;       ///< methods that succeeded before in this chain
    std::uint32_t failures = 0;  ///< failed attempts so far
    /// key_verified only: what a security key said of its signature.
    std::optional<AuthenticatorData> authenticator{};
};

/// The program's verdict on one attempt.
struct AuthDecision {
    enum class Verdict : std::uint8_t {
        failure,
        success,          ///< the user is authenticated
        partial,          ///< this method was right; one of `next` is needed too
        change_password,  ///< password only: right, but expired; `prompt` asks for a new one
    };
    Verdict verdict = Verdict::failure;
    AuthMethods next;
    std::string prompt;
    /// With success and partial: what the login may not do; null: nothing is forbidden. Those of
    /// all factors of a login hold together (narrower()); when they cannot, the attempt fails.
    std::shared_ptr<const LoginRestrictions> restrictions;

    static AuthDecision failure() { return {}; }
    static AuthDecision success(std::shared_ptr<const LoginRestrictions> restrictions = nullptr) {
        return {Verdict::success, {}, {}, std::move(restrictions)};
    }
    static AuthDecision partial(AuthMethods next,
                                std::shared_ptr<const LoginRestrictions> restrictions = nullptr) {
        return {Verdict::partial, next, {}, std::move(restrictions)};
    }
    static AuthDecision change_password(std::string prompt) {
        return {Verdict::change_password, {}, std::move(prompt), nullptr};
    }
};

/// Keyboard-interactive (RFC 4256): the next question, or the verdict.
struct Prompt {
    std::string text;
    bool echo = false;
};
struct InteractiveStep {
    std::string name;
    std::string instruction;
    std::vector<Prompt> prompts;           ///< may be empty; at most 32
    std::optional<AuthDecision> decision;  ///< set: no more questions
};

/// A finished attempt, for logs and limits. Never holds a password.
struct AuthAttempt {
    std::string_view user;
    std::string_view method;  ///< the name on the wire, unescaped
    AuthDecision::Verdict verdict = AuthDecision::Verdict::failure;
    std::shared_ptr<const PublicKey> key;  ///< publickey: the key; else null
    std::string_view signature_algorithm;  ///< publickey
    std::string_view reason;               ///< literal; why it failed, for the log only
    bool unknown_user = false;             ///< see AuthHandler::user_exists()
};

/// Implemented by the program; one per session. The requests of one session come one after the
/// other: no other is handed over before the reply was answered. An error answers failure. Defaults
/// refuse. Unknown users must take the same path and time as known ones; the layer itself evens out
/// failures (AuthConfig::failure_delay).
class AuthHandler {
  public:
    virtual ~AuthHandler() = default;
    /// Methods that may be tried first by `user`. Must not depend on whether the user exists.
    virtual AuthMethods methods(std::string_view user) = 0;
    /// For logs and penalties only, which the peer sees nothing of: asked after a failure, so it
    /// must cost the same for all users.
    virtual bool user_exists(std::string_view user) {
        static_cast<void>(user);
        return true;
    }
    /// RFC 4252 s5.2: whether `user` needs no authentication.
    virtual void none(const AuthRequest&, Reply<AuthDecision> reply) {
        reply(AuthDecision::failure());
    }
    /// `password`: bytes as sent (UTF-8), valid during the call, wiped after it.
    virtual void password(const AuthRequest&, ByteView password, Reply<AuthDecision> reply) {
        static_cast<void>(password);
        reply(AuthDecision::failure());
    }
    virtual void change_password(const AuthRequest&, ByteView old_password, ByteView new_password,
                                 Reply<AuthDecision> reply) {
        static_cast<void>(old_password), static_cast<void>(new_password);
        reply(AuthDecision::failure());
    }
    /// Whether a login with `key` would be worth a signature. Grants nothing.
    virtual void key_offered(const AuthRequest&, const PublicKey& key, Reply<bool> reply) {
        static_cast<void>(key);
        reply(false);
    }
    /// The user proved to hold `key` (the signature over this session and user was verified). What
    /// a security key must have done is checked after the answer, as its restrictions say.
    virtual void key_verified(const AuthRequest&, std::shared_ptr<const PublicKey> key,
                              Reply<AuthDecision> reply) {
        static_cast<void>(key);
        reply(AuthDecision::failure());
    }
    /// First step of keyboard-interactive; `submethods` is the client's hint.
    virtual void interactive_start(const AuthRequest&, std::string_view submethods,
                                   Reply<InteractiveStep> reply) {
        static_cast<void>(submethods);
        reply(InteractiveStep{{}, {}, {}, AuthDecision::failure()});
    }
    /// The answers to the step before, as many as it had prompts; valid during the call, wiped
    /// after.
    virtual void interactive_answer(const AuthRequest&, std::span<const ByteView> responses,
                                    Reply<InteractiveStep> reply) {
        static_cast<void>(responses);
        reply(InteractiveStep{{}, {}, {}, AuthDecision::failure()});
    }
    /// Text shown before the login; empty: none.
    virtual std::string banner() { return {}; }
    /// After each attempt, including the first "none".
    virtual void on_attempt(const AuthAttempt&) {}
};

struct AuthConfig {
    std::uint32_t max_attempts = 6;   ///< failures that end the connection (MaxAuthTries)
    std::uint32_t max_requests = 64;  ///< USERAUTH_REQUESTs of any kind, queries too
    /// Failures are answered no sooner than this after the request came, except a first "none",
    /// which only asks for the list of methods.
    std::chrono::milliseconds failure_delay{50};
    std::chrono::seconds grace{120};  ///< from the start of the session to success; 0: no limit
    std::size_t max_user = 1024;      ///< bytes
    std::size_t max_password = 1024;  ///< bytes
    /// Signature algorithms accepted from users, best first; also sent as server-sig-algs. Empty:
    /// the provider's defaults.
    std::vector<std::string> pubkey_algorithms;
    /// RSA keys of fewer bits are refused (1,024 to 16,384).
    std::uint32_t min_rsa_bits = 2048;
    /// Security keys must have been touched, even when the key's restrictions waive that
    /// (PubkeyAuthOptions touch-required of sshd_config).
    bool touch_required = false;
    /// Security keys must have verified their user, whatever the restrictions say.
    bool verify_required = false;
};

/// The service "ssh-userauth" of a server. On success it calls PacketPort::auth_done().
/// \param start  the start of the session, from which AuthConfig::grace counts also before the
///               service is asked for; empty: it counts from on_start()
std::unique_ptr<Layer> make_auth_server(AuthConfig config, std::unique_ptr<AuthHandler> handler,
                                        std::optional<Instant> start = {});

}  // namespace nacre
