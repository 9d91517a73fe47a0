// An input is one byte of options and records: an operation, and for a packet its length (2 bytes)
// and body. The server of ssh-userauth gets the packets; late answers and the clock are operations.
// Nobody is logged in without a verdict of the program on that very request.

#include "fuzz.hpp"
#include "support/auth_requests.hpp"

namespace {

using namespace nacre;

/// Decides by the first character, so that the engine can find every verdict.
AuthDecision decide(char how, bool& granted) {
    switch (how) {
        case 'g':
            granted = true;
            return AuthDecision::success();
        case 'p':
            return AuthDecision::partial(
                {AuthMethod::publickey, AuthMethod::password, AuthMethod::keyboard_interactive});
        case 'c':
            return AuthDecision::change_password("expired");
        default:
            return AuthDecision::failure();
    }
}

char first(std::string_view text) {
    return text.empty() ? ' ' : text.front();
}

class Run {
  public:
    explicit Run(std::uint8_t options) : rig_(config(options)) {
        auto& handler = *rig_.handler;
        handler.late = (options & 1) != 0;
        if ((options & 4) != 0) handler.banner_text = "banner";
        handler.check_password = [this](std::string_view, std::string_view password) {
            return decide(first(password), granted_);
        };
        handler.check_change = [this](std::string_view, std::string_view fresh) {
            return decide(first(fresh), granted_);
        };
        handler.check_offer = [](const PublicKey&) { return true; };
        handler.check_key = [this](const PublicKey& key) {
            return decide(static_cast<char>(key.blob().back()), granted_);
        };
        handler.first_step = [](std::string_view submethods) {
            return InteractiveStep{
                "", "", std::vector<Prompt>(submethods.size() % 34, Prompt{"?", false}), {}};
        };
        handler.next_step = [this](const std::vector<std::string>& answers) {
            if (answers.empty() || answers[0] == "again")
                return InteractiveStep{"", "", {{"?", true}}, {}};
            return test::AuthHandlerSpy::decide(decide(first(answers[0]), granted_));
        };
    }

    /// Whether the session goes on.
    bool packet(std::uint8_t number, ByteView body) {
        const std::size_t before = rig_.port.sent.size();
        if (rig_.held()) return true;
        const auto result = rig_.receive(number, body);
        // A banner and one reply.
        NACRE_FUZZ_CHECK(rig_.port.sent.size() <= before + 2);
        check();
        return result || result.error().code == Errc::unsupported;
    }
    void answer(std::uint8_t how) {
        auto& handler = *rig_.handler;
        if (!handler.decisions.empty()) {
            auto reply = std::move(handler.decisions.back());
            handler.decisions.pop_back();
            reply(decide(static_cast<char>(how), granted_));
        } else if (!handler.offers.empty()) {
            auto reply = std::move(handler.offers.back());
            handler.offers.pop_back();
            reply(how != 0);
        } else if (!handler.steps.empty()) {
            auto reply = std::move(handler.steps.back());
            handler.steps.pop_back();
            reply(how == '?'
                      ? InteractiveStep{"", "", {{"?", true}}, {}}
                      : test::AuthHandlerSpy::decide(decide(static_cast<char>(how), granted_)));
        }
        check();
    }
    bool wait(std::uint8_t milliseconds) {
        rig_.port.time += std::chrono::milliseconds(milliseconds);
        const auto result = rig_.layer->on_deadline(rig_.port.time);
        check();
        return result.has_value();
    }
    bool over() const { return rig_.port.failed.has_value(); }

  private:
    static AuthConfig config(std::uint8_t options) {
        AuthConfig config;
        config.failure_delay = std::chrono::milliseconds((options & 2) != 0 ? 50 : 0);
        return config;
    }
    void check() const {
        const auto& port = rig_.port;
        NACRE_FUZZ_CHECK(port.users.size() <= 1);
        NACRE_FUZZ_CHECK(port.users.empty() || granted_);
        NACRE_FUZZ_CHECK(port.users.size() == port.count(msg::userauth_success));
        NACRE_FUZZ_CHECK(port.resumes <= port.holds && port.holds <= port.resumes + 1);
        NACRE_FUZZ_CHECK(port.count(msg::userauth_banner) <= 1);
        NACRE_FUZZ_CHECK(port.count(msg::userauth_failure) <= AuthConfig{}.max_requests);
    }

    bool granted_ = false;
    test::AuthServerRig rig_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput in(data, size);
    Run run(in.u8());
    while (!in.empty() && !run.over()) {
        bool goes_on = true;
        switch (in.below(5)) {
            case 0:
                goes_on = run.packet(msg::userauth_request, in.bytes(in.u16()));
                break;
            case 1:
                goes_on = run.packet(msg::UserauthInfoResponse::kNumber, in.bytes(in.u16()));
                break;
            case 2: {
                const auto number = static_cast<std::uint8_t>(50 + in.below(30));
                goes_on = run.packet(number, in.bytes(in.u16()));
                break;
            }
            case 3:
                run.answer(in.u8());
                break;
            default:
                goes_on = run.wait(in.u8());
                break;
        }
        if (!goes_on) break;
    }
    return 0;
}
