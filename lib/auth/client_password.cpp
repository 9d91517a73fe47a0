#include "auth/client_method.hpp"
#include "auth/limits.hpp"

namespace nacre::detail {
namespace {

/// RFC 4252 s8
class ClientPassword final : public ClientMethod {
  public:
    using ClientMethod::ClientMethod;

    AuthMethod method() const noexcept override { return AuthMethod::password; }
    bool spent() const noexcept override { return tries_ >= kMaxTries; }

    void attempt() override {
        exchange_.handler().password(tries_++, ask<&ClientPassword::on_password>());
    }

    Result<void> on_message(ByteView body) override {
        NACRE_TRY(const auto request, decode<msg::UserauthPasswdChangereq>(body));
        if (changes_++ == kMaxPasswordChanges) {
            stop();
        } else {
            exchange_.handler().new_password(request.prompt,
                                             ask<&ClientPassword::on_new_password>());
        }
        return {};
    }

    void on_failure() override { password_ = {}; }
    void on_partial_success(bool) override { password_ = {}; }

  private:
    void on_password(Result<SecretBytes> answer) {
        if (!answer) return stop();
        // Kept: a change of it must name it again.
        password_ = std::move(*answer);
        if (Frame frame = exchange_.request("password", 1 + 4 + password_.size())) {
            Writer(frame).boolean(false).string(password_);
            exchange_.submit(std::move(frame));
        }
    }

    void on_new_password(Result<SecretBytes> answer) {
        if (!answer) return stop();
        const std::size_t size = 1 + 4 + password_.size() + 4 + answer->size();
        if (Frame frame = exchange_.request("password", size)) {
            Writer(frame).boolean(true).string(password_).string(*answer);
            exchange_.submit(std::move(frame));
        }
    }

    void stop() {
        tries_ = kMaxTries;
        password_ = {};
        exchange_.give_up();
    }

    std::uint32_t tries_ = 0;
    std::uint32_t changes_ = 0;
    SecretBytes password_;
};

}  // namespace

std::unique_ptr<ClientMethod> make_client_password(ClientExchange& exchange) {
    return std::make_unique<ClientPassword>(exchange);
}

}  // namespace nacre::detail
