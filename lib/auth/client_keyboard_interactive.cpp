#include "auth/client_method.hpp"
#include "auth/limits.hpp"

namespace nacre::detail {
namespace {

/// RFC 4256
class ClientKeyboardInteractive final : public ClientMethod {
  public:
    using ClientMethod::ClientMethod;

    AuthMethod method() const noexcept override { return AuthMethod::keyboard_interactive; }
    bool spent() const noexcept override { return tries_ >= kMaxTries; }

    void attempt() override {
        ++tries_;
        rounds_ = 0;
        asked_ = false;
        if (Frame frame = exchange_.request("keyboard-interactive", 4 + 4)) {
            Writer(frame).string("").string("");
            exchange_.submit(std::move(frame));
        }
    }

    Result<void> on_message(ByteView body) override {
        NACRE_TRY(const auto request, decode<msg::UserauthInfoRequest>(body));
        if (request.num_prompts > kMaxPrompts)
            return over_limit("too many prompts", request.num_prompts);
        if (rounds_++ == kMaxRounds) return over_limit("too many rounds of questions");
        prompts_.clear();
        Reader r(request.prompts.bytes);
        for (std::uint32_t i = 0; i < request.num_prompts && r.ok(); ++i) {
            Prompt prompt;
            prompt.text = r.text();
            prompt.echo = r.boolean();
            prompts_.push_back(std::move(prompt));
        }
        if (!r.done()) return malformed("prompts", msg::UserauthInfoRequest::kNumber);

        // PAM's servers end a conversation with a request that says nothing.
        if (prompts_.empty() && request.name.empty() && request.instruction.empty()) {
            respond({});
            return {};
        }
        asked_ = true;
        exchange_.handler().interactive(request.name, request.instruction, prompts_,
                                        ask<&ClientKeyboardInteractive::on_answers>());
        return {};
    }

    void on_failure() override {
        // A server that refuses without a question would refuse again.
        if (!asked_) tries_ = kMaxTries;
    }

  private:
    void on_answers(Result<std::vector<SecretBytes>> answers) {
        if (!answers || answers->size() != prompts_.size()) {
            tries_ = kMaxTries;
            return exchange_.give_up();
        }
        respond(*answers);
    }

    void respond(std::span<const SecretBytes> answers) {
        std::size_t size = 4;
        for (const auto& answer : answers) size += 4 + answer.size();
        if (Frame frame = exchange_.frame(msg::UserauthInfoResponse::kNumber, size)) {
            Writer w(frame);
            w.u32(static_cast<std::uint32_t>(answers.size()));
            for (const auto& answer : answers) w.string(answer.view());
            exchange_.submit(std::move(frame));
        }
    }

    std::uint32_t tries_ = 0;
    std::uint32_t rounds_ = 0;  // of this try
    bool asked_ = false;        // in this try
    std::vector<Prompt> prompts_;
};

}  // namespace

std::unique_ptr<ClientMethod> make_client_keyboard_interactive(ClientExchange& exchange) {
    return std::make_unique<ClientKeyboardInteractive>(exchange);
}

}  // namespace nacre::detail
