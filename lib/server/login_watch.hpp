/// \file
/// How logins go, for the penalties of who does not get in.
#pragma once
#include <nacre/auth/server.hpp>

#include <memory>

namespace nacre::server {

struct LoginWatch {
    bool failed = false;        ///< at least one attempt did
    bool unknown_user = false;  ///< at least one, for a user that does not exist
};

/// A program's handler, and what it decided.
class WatchedLogin final : public AuthHandler {
  public:
    explicit WatchedLogin(std::unique_ptr<AuthHandler> handler) : handler_(std::move(handler)) {}
    /// Lives as long as anybody needs it.
    std::shared_ptr<const LoginWatch> watch() const { return watch_; }

    AuthMethods methods(std::string_view user) override { return handler_->methods(user); }
    bool user_exists(std::string_view user) override { return handler_->user_exists(user); }
    void none(const AuthRequest& request, Reply<AuthDecision> reply) override {
        handler_->none(request, std::move(reply));
    }
    void password(const AuthRequest& request, ByteView password,
                  Reply<AuthDecision> reply) override {
        handler_->password(request, password, std::move(reply));
    }
    void change_password(const AuthRequest& request, ByteView old_password, ByteView new_password,
                         Reply<AuthDecision> reply) override {
        handler_->change_password(request, old_password, new_password, std::move(reply));
    }
    void key_offered(const AuthRequest& request, const PublicKey& key, Reply<bool> reply) override {
        handler_->key_offered(request, key, std::move(reply));
    }
    void key_verified(const AuthRequest& request, std::shared_ptr<const PublicKey> key,
                      Reply<AuthDecision> reply) override {
        handler_->key_verified(request, std::move(key), std::move(reply));
    }
    void interactive_start(const AuthRequest& request, std::string_view submethods,
                           Reply<InteractiveStep> reply) override {
        handler_->interactive_start(request, submethods, std::move(reply));
    }
    void interactive_answer(const AuthRequest& request, std::span<const ByteView> responses,
                            Reply<InteractiveStep> reply) override {
        handler_->interactive_answer(request, responses, std::move(reply));
    }
    std::string banner() override { return handler_->banner(); }
    void on_attempt(const AuthAttempt& attempt) override {
        if (attempt.verdict == AuthDecision::Verdict::failure && attempt.method != "none") {
            watch_->failed = true;
            watch_->unknown_user |= attempt.unknown_user;
        }
        handler_->on_attempt(attempt);
    }

  private:
    const std::unique_ptr<AuthHandler> handler_;
    const std::shared_ptr<LoginWatch> watch_ = std::make_shared<LoginWatch>();
};

}  // namespace nacre::server
