#include "auth/server_method.hpp"

#include <nacre/wire/numbers.hpp>

namespace nacre::detail {
namespace {

/// RFC 4252 s5.2
class MethodNone final : public ServerMethod {
  public:
    using ServerMethod::ServerMethod;

    AuthMethod method() const noexcept override { return AuthMethod::none; }

    Result<void> parse(std::string_view, ByteView data) override {
        if (!data.empty()) return malformed("none with method data", msg::userauth_request);
        return {};
    }

    void start() override {
        exchange_.handler().none(exchange_.request(), ask<&MethodNone::on_decision>());
    }

  private:
    void on_decision(Result<AuthDecision> answer) {
        if (!answer) return fail(answer.error().what);
        exchange_.conclude({std::move(*answer), "refused", {}, {}});
    }
};

}  // namespace

std::unique_ptr<ServerMethod> make_method_none(ServerExchange& exchange) {
    return std::make_unique<MethodNone>(exchange);
}

}  // namespace nacre::detail
