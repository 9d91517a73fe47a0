#include "auth/server_method.hpp"

#include <nacre/wire/message/auth.hpp>

namespace nacre::detail {
namespace {

/// RFC 4252 s8
class MethodPassword final : public ServerMethod {
  public:
    using ServerMethod::ServerMethod;

    AuthMethod method() const noexcept override { return AuthMethod::password; }

    Result<void> parse(std::string_view, ByteView data) override {
        NACRE_TRY(auto request, decode<msg::PasswordData>(data));
        Reader r(request.passwords.bytes);
        change_ = request.change;
        password_ = r.string();
        new_password_ = change_ ? r.string() : ByteView{};
        if (!r.done()) return malformed("password request", msg::userauth_request);
        return {};
    }

    void start() override {
        // The packet is wiped after this call; nothing of it is kept.
        const ByteView password = std::exchange(password_, {});
        const ByteView new_password = std::exchange(new_password_, {});
        const std::size_t limit = exchange_.config().max_password;
        if (password.size() > limit || new_password.size() > limit)
            return conclude(AuthDecision::failure(), "password too long");
        if (change_) {
            exchange_.handler().change_password(exchange_.request(), password, new_password,
                                                ask<&MethodPassword::on_decision>());
        } else {
            exchange_.handler().password(exchange_.request(), password,
                                         ask<&MethodPassword::on_decision>());
        }
    }

  private:
    void on_decision(Result<AuthDecision> answer) {
        if (!answer) return conclude(AuthDecision::failure(), answer.error().what);
        conclude(std::move(*answer), "refused");
    }
    void conclude(AuthDecision decision, const char* reason) {
        exchange_.conclude({std::move(decision), reason, {}, {}, change_});
    }

    bool change_ = false;
    ByteView password_;
    ByteView new_password_;
};

}  // namespace

std::unique_ptr<ServerMethod> make_method_password(ServerExchange& exchange) {
    return std::make_unique<MethodPassword>(exchange);
}

}  // namespace nacre::detail
