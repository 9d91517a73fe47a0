#include "login.hpp"

#include <algorithm>
#include <chrono>

namespace nacre::sftpd {

namespace {

/// Looks a key up.
class FindKeyJob final : public Job {
  public:
    using Done = std::function<void(KeyGrant)>;
    FindKeyJob(std::shared_ptr<const LoginRules> rules, Bytes blob, std::string address,
               bool known_user, Done done)
        : rules_(std::move(rules)),
          blob_(std::move(blob)),
          address_(std::move(address)),
          known_user_(known_user),
          done_(std::move(done)) {}
    void run() override {
        const LoginOrigin origin{address_, {}, std::chrono::system_clock::now()};
        if (rules_->certificates != nullptr) {
            grant_ = rules_->certificates->grant(blob_, rules_->user, origin, rules_->keys.get());
        } else {
            grant_ = rules_->keys->match(blob_, origin);
        }
        if (!known_user_) grant_ = {};
    }
    void finish() override { done_(std::move(grant_)); }

  private:
    const std::shared_ptr<const LoginRules> rules_;
    const Bytes blob_;
    const std::string address_;
    const bool known_user_;
    const Done done_;
    KeyGrant grant_;
};

/// Checks a password, which takes a good part of a second by intention.
class CheckPasswordJob final : public Job {
  public:
    using Done = std::function<void(bool)>;
    CheckPasswordJob(std::shared_ptr<const LoginRules> rules, ByteView password, bool known_user,
                     Done done)
        : rules_(std::move(rules)),
          password_(password),
          known_user_(known_user),
          done_(std::move(done)) {}
    // The user's name comes last: an unknown one costs the same hash.
    void run() override { right_ = check() && known_user_; }
    void finish() override { done_(right_); }

  private:
    bool check() const {
        if (rules_->password_hash) {
            const auto right = rules_->check_hash(as_text(password_), *rules_->password_hash);
            return right && *right;
        }
        return rules_->plain_password && same_secret(password_, *rules_->plain_password);
    }

    const std::shared_ptr<const LoginRules> rules_;
    const SecretBytes password_;
    const bool known_user_;
    const Done done_;
    bool right_ = false;
};

class Login final : public AuthHandler {
  public:
    Login(std::shared_ptr<const LoginRules> rules, Executor& executor, std::string address,
          AttemptObserver on_attempt)
        : rules_(std::move(rules)),
          executor_(executor),
          address_(std::move(address)),
          on_attempt_(std::move(on_attempt)) {}

    AuthMethods methods(std::string_view) override {
        AuthMethods methods;
        for (const auto m : rules_->require) methods.add(m);
        if (!methods.empty()) return methods;
        if (takes_keys()) methods.add(AuthMethod::publickey);
        if (has_password()) methods.add(AuthMethod::password).add(AuthMethod::keyboard_interactive);
        return methods;
    }

    bool user_exists(std::string_view user) override { return user == rules_->user; }

    void password(const AuthRequest& request, ByteView password,
                  Reply<AuthDecision> reply) override {
        check(request, password, std::move(reply), decision(request, AuthMethod::password),
              AuthDecision::failure());
    }

    void key_offered(const AuthRequest& request, const PublicKey& key, Reply<bool> reply) override {
        find(request, key, std::move(reply), [](const KeyGrant&) { return true; });
    }
    void key_verified(const AuthRequest& request, std::shared_ptr<const PublicKey> key,
                      Reply<AuthDecision> reply) override {
        find(request, *key, std::move(reply),
             [granted = decision(request, AuthMethod::publickey)](const KeyGrant& grant) {
                 AuthDecision decided = granted;
                 decided.restrictions = grant.restrictions;
                 return decided;
             });
    }

    void interactive_start(const AuthRequest&, std::string_view,
                           Reply<InteractiveStep> reply) override {
        if (!has_password()) return reply(InteractiveStep{{}, {}, {}, AuthDecision::failure()});
        reply(InteractiveStep{{}, {}, {Prompt{"Password: ", false}}, {}});
    }
    void interactive_answer(const AuthRequest& request, std::span<const ByteView> responses,
                            Reply<InteractiveStep> reply) override {
        const ByteView password = responses.empty() ? ByteView{} : responses[0];
        check(request, password, std::move(reply),
              InteractiveStep{{}, {}, {}, decision(request, AuthMethod::keyboard_interactive)},
              InteractiveStep{{}, {}, {}, AuthDecision::failure()});
    }

    void on_attempt(const AuthAttempt& attempt) override {
        if (on_attempt_) on_attempt_(attempt);
    }

  private:
    bool takes_keys() const {
        return rules_->keys != nullptr ||
               (rules_->certificates != nullptr && rules_->certificates->has_authorities());
    }
    bool has_password() const { return rules_->password_hash || rules_->plain_password; }

    /// The verdict once `method` was right.
    AuthDecision decision(const AuthRequest& request, AuthMethod method) const {
        AuthMethods missing;
        for (const auto m : rules_->require)
            if (m != method && !request.succeeded.contains(m)) missing.add(m);
        return missing.empty() ? AuthDecision::success() : AuthDecision::partial(missing);
    }

    /// A job's Done is copied by std::function, a Reply cannot be.
    template <class T>
    static std::function<void(bool)> answer(Reply<T> reply, T if_right, T if_wrong) {
        auto held = std::make_shared<Reply<T>>(std::move(reply));
        return [held, if_right, if_wrong](bool right) { (*held)(right ? if_right : if_wrong); };
    }

    template <class T>
    void check(const AuthRequest& request, ByteView password, Reply<T> reply, T if_right,
               T if_wrong) {
        executor_.submit(std::make_unique<CheckPasswordJob>(
            rules_, password, request.user == rules_->user,
            answer(std::move(reply), std::move(if_right), std::move(if_wrong))));
    }

    /// Answers with `if_granted` of what the key's line says, or with why it is refused.
    template <class T, class F>
    void find(const AuthRequest& request, const PublicKey& key, Reply<T> reply, F if_granted) {
        const auto refused = [](const char* why) {
            return Error{Errc::peer_refused, Disconnect::none, 0, why};
        };
        if (!takes_keys()) return reply(refused("no keys may log in"));
        auto held = std::make_shared<Reply<T>>(std::move(reply));
        const auto done = [held, refused, if_granted](const KeyGrant& grant) {
            if (grant.granted) return (*held)(if_granted(grant));
            (*held)(refused(grant.refusal));
        };
        // To another thread and back costs more than a short file that is in the cache, but less
        // than the signatures in a path of X.509 certificates.
        const auto quick = [](const auto& files) { return files == nullptr || files->at_once(); };
        const bool at_once =
            key.x509() == nullptr && quick(rules_->keys) && quick(rules_->certificates);
        Executor& executor = at_once ? inline_executor() : executor_;
        executor.submit(std::make_unique<FindKeyJob>(rules_, to_bytes(key.blob()), address_,
                                                     request.user == rules_->user, done));
    }

    const std::shared_ptr<const LoginRules> rules_;
    Executor& executor_;
    const std::string address_;
    const AttemptObserver on_attempt_;
};

}  // namespace

std::unique_ptr<AuthHandler> make_login(std::shared_ptr<const LoginRules> rules, Executor& executor,
                                        std::string address, AttemptObserver on_attempt) {
    return std::make_unique<Login>(std::move(rules), executor, std::move(address),
                                   std::move(on_attempt));
}

}  // namespace nacre::sftpd
