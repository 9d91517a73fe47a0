/// \file
/// An AuthHandler that records what it is asked and answers as the test says, now or later.
#pragma once
#include <nacre/auth/server.hpp>

#include <functional>
#include <string>
#include <vector>

namespace nacre::test {

class AuthHandlerSpy final : public AuthHandler {
  public:
    struct Attempt {
        std::string user;
        std::string method;
        AuthDecision::Verdict verdict;
        Bytes key;
        std::string algorithm;
        std::string reason;
    };

    // Tests set these.
    AuthMethods allowed{AuthMethod::publickey, AuthMethod::password,
                        AuthMethod::keyboard_interactive};
    std::string banner_text;
    bool late = false;  ///< whether the replies are kept instead of answered
    std::function<AuthDecision()> none_decision = [] { return AuthDecision::failure(); };
    std::function<AuthDecision(std::string_view user, std::string_view password)> check_password =
        [](std::string_view, std::string_view) { return AuthDecision::failure(); };
    std::function<AuthDecision(std::string_view old, std::string_view fresh)> check_change =
        [](std::string_view, std::string_view) { return AuthDecision::failure(); };
    std::function<bool(const PublicKey&)> check_offer = [](const PublicKey&) { return false; };
    std::function<AuthDecision(const PublicKey&)> check_key = [](const PublicKey&) {
        return AuthDecision::failure();
    };
    std::function<InteractiveStep(std::string_view submethods)> first_step = [](std::string_view) {
        return refusal();
    };
    std::function<InteractiveStep(const std::vector<std::string>& answers)> next_step =
        [](const std::vector<std::string>&) { return refusal(); };

    // What happened.
    std::vector<std::string> calls;
    std::vector<Attempt> attempts;
    AuthMethods succeeded;                           ///< of the latest request
    std::uint32_t failures = 0;                      ///< of the latest request
    std::optional<AuthenticatorData> authenticator;  ///< of the latest request
    std::vector<Reply<AuthDecision>> decisions;
    std::vector<Reply<bool>> offers;
    std::vector<Reply<InteractiveStep>> steps;

    static InteractiveStep decide(AuthDecision decision) {
        return {{}, {}, {}, std::move(decision)};
    }
    static InteractiveStep refusal() { return decide(AuthDecision::failure()); }

    AuthMethods methods(std::string_view user) override {
        calls.push_back("methods " + std::string(user));
        return allowed;
    }
    void none(const AuthRequest& request, Reply<AuthDecision> reply) override {
        note(request, "none " + std::string(request.user));
        answer(std::move(reply), decisions, [&] { return none_decision(); });
    }
    void password(const AuthRequest& request, ByteView password,
                  Reply<AuthDecision> reply) override {
        note(request, "password " + std::string(as_text(password)));
        answer(std::move(reply), decisions,
               [&] { return check_password(request.user, as_text(password)); });
    }
    void change_password(const AuthRequest& request, ByteView old_password, ByteView new_password,
                         Reply<AuthDecision> reply) override {
        note(request, "change_password " + std::string(as_text(old_password)) + " " +
                          std::string(as_text(new_password)));
        answer(std::move(reply), decisions,
               [&] { return check_change(as_text(old_password), as_text(new_password)); });
    }
    void key_offered(const AuthRequest& request, const PublicKey& key, Reply<bool> reply) override {
        note(request, "key_offered");
        answer(std::move(reply), offers, [&] { return check_offer(key); });
    }
    void key_verified(const AuthRequest& request, std::shared_ptr<const PublicKey> key,
                      Reply<AuthDecision> reply) override {
        note(request, "key_verified");
        answer(std::move(reply), decisions, [&] { return check_key(*key); });
    }
    void interactive_start(const AuthRequest& request, std::string_view submethods,
                           Reply<InteractiveStep> reply) override {
        note(request, "interactive_start " + std::string(submethods));
        answer(std::move(reply), steps, [&] { return first_step(submethods); });
    }
    void interactive_answer(const AuthRequest& request, std::span<const ByteView> responses,
                            Reply<InteractiveStep> reply) override {
        std::vector<std::string> answers;
        std::string text = "interactive_answer";
        for (const auto& one : responses) {
            answers.emplace_back(as_text(one));
            text += " " + answers.back();
        }
        note(request, std::move(text));
        answer(std::move(reply), steps, [&] { return next_step(answers); });
    }
    std::string banner() override { return banner_text; }
    void on_attempt(const AuthAttempt& attempt) override {
        attempts.push_back({std::string(attempt.user), std::string(attempt.method), attempt.verdict,
                            attempt.key ? to_bytes(attempt.key->blob()) : Bytes{},
                            std::string(attempt.signature_algorithm), std::string(attempt.reason)});
    }

  private:
    void note(const AuthRequest& request, std::string call) {
        calls.push_back(std::move(call));
        succeeded = request.succeeded;
        failures = request.failures;
        authenticator = request.authenticator;
    }
    template <class T, class F>
    void answer(Reply<T> reply, std::vector<Reply<T>>& kept, F&& f) {
        if (late) {
            kept.push_back(std::move(reply));
        } else {
            reply(f());
        }
    }
};

}  // namespace nacre::test
