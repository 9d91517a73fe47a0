#include "auth/limits.hpp"
#include "auth/server_method.hpp"

#include <nacre/wire/message/auth.hpp>

#include <array>

namespace nacre::detail {
namespace {

/// RFC 4256
class MethodKeyboardInteractive final : public ServerMethod {
  public:
    using ServerMethod::ServerMethod;

    AuthMethod method() const noexcept override { return AuthMethod::keyboard_interactive; }

    Result<void> parse(std::string_view, ByteView data) override {
        NACRE_TRY(auto request, decode<msg::KeyboardInteractiveData>(data));
        submethods_ = request.submethods;
        return {};
    }

    void start() override {
        const auto submethods = std::exchange(submethods_, {});
        rounds_ = 0;
        if (submethods.size() > kMaxSubmethods) return fail("submethods too long");
        exchange_.handler().interactive_start(exchange_.request(), submethods,
                                              ask<&MethodKeyboardInteractive::on_step>());
    }

    Result<void> on_message(std::uint8_t, ByteView body) override {
        NACRE_TRY(auto response, decode<msg::UserauthInfoResponse>(body));
        std::array<ByteView, kMaxPrompts> responses;
        Reader r(response.responses.bytes);
        bool too_long = false;
        for (std::uint32_t i = 0; i < response.num_responses && r.ok(); ++i) {
            const auto one = r.string();
            too_long = too_long || one.size() > exchange_.config().max_password;
            if (i < responses.size()) responses[i] = one;
        }
        if (!r.done()) return malformed("responses", msg::UserauthInfoResponse::kNumber);

        if (response.num_responses != prompts_) {
            fail("wrong number of responses");
        } else if (too_long) {
            fail("response too long");
        } else {
            exchange_.handler().interactive_answer(
                exchange_.request(), std::span<const ByteView>(responses).first(prompts_),
                ask<&MethodKeyboardInteractive::on_step>());
        }
        return {};
    }

  private:
    void on_step(Result<InteractiveStep> answer) {
        if (!answer) return fail(answer.error().what);
        if (answer->decision)
            return exchange_.conclude({std::move(*answer->decision), "refused", {}, {}});
        if (rounds_++ == kMaxRounds) return fail("too many rounds of questions");
        if (answer->prompts.size() > kMaxPrompts) return fail("too many prompts");

        Bytes prompts;
        Writer w(prompts);
        for (const auto& prompt : answer->prompts) {
            //= RFC 4256 s3.2
            //# The prompt field(s) MUST NOT be empty strings.
            if (prompt.text.empty()) return fail("empty prompt");
            w.string(prompt.text).boolean(prompt.echo);
        }
        prompts_ = static_cast<std::uint32_t>(answer->prompts.size());
        const msg::UserauthInfoRequest request{
            answer->name, answer->instruction, {}, prompts_, {prompts}};
        if (body_size(request) > kMaxInfoRequest) return fail("questions too long");
        send(exchange_.port(), request);
        exchange_.wait_for_client();
    }

    std::string_view submethods_;  // into the packet: only until start() returns
    std::uint32_t prompts_ = 0;    // of the INFO_REQUEST that waits for its answer
    std::uint32_t rounds_ = 0;
};

}  // namespace

std::unique_ptr<ServerMethod> make_method_keyboard_interactive(ServerExchange& exchange) {
    return std::make_unique<MethodKeyboardInteractive>(exchange);
}

}  // namespace nacre::detail
