#include "support/auth_client_rig.hpp"
#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

/// A client that was told that only keyboard-interactive, then passwords are taken.
struct InteractiveClient : AuthClientRig {
    void begin() {
        handler->answer_prompts = [](std::span<const Prompt> prompts) {
            return std::vector<std::string>(prompts.size(), "answer");
        };
        REQUIRE(start());
        REQUIRE(fail_with("keyboard-interactive"));
        CHECK(last(50) == interactive_request());
    }
    Result<void> question(const std::vector<Prompt>& prompts, std::string_view name = "",
                          std::string_view instruction = "") {
        Bytes rest;
        Writer w(rest);
        for (const auto& one : prompts) w.string(one.text).boolean(one.echo);
        return receive(msg::UserauthInfoRequest{
            name, instruction, "", static_cast<std::uint32_t>(prompts.size()), {rest}});
    }
};

TEST_CASE("questions are answered", "[auth]") {
    InteractiveClient rig;
    rig.begin();
    REQUIRE(rig.question({{"Password: ", false}, {"Code: ", true}}, "Login", "Two"));
    CHECK(rig.handler->calls.back() == "interactive Login/Two/Password: -/Code: +");
    CHECK(rig.last(61) == info_response({"answer", "answer"}));
    REQUIRE(rig.question({}));
    CHECK(rig.last(61) == info_response({}));
    CHECK(rig.handler->calls.size() == 1);
    REQUIRE(rig.question({}, "", "Welcome"));
    CHECK(rig.handler->calls.back() == "interactive /Welcome");
    REQUIRE(rig.receive(msg::UserauthSuccess{}));
    CHECK(rig.port.users.size() == 1);
}

TEST_CASE("wrong answers may be given three times", "[auth]") {
    InteractiveClient rig;
    rig.begin();
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(rig.port.failed);
        CHECK(rig.last(50) == interactive_request());
        REQUIRE(rig.question({{"?", false}}));
        REQUIRE(rig.fail_with("keyboard-interactive"));
    }
    CHECK(rig.port.failed);
}

TEST_CASE("a server that asks nothing is not asked again", "[auth]") {
    InteractiveClient rig;
    rig.begin();
    REQUIRE(rig.fail_with("keyboard-interactive"));
    CHECK(rig.port.failed);
}

TEST_CASE("without answers the next method is tried", "[auth]") {
    InteractiveClient rig;
    rig.handler->passwords = {"secret"};
    REQUIRE(rig.start());
    REQUIRE(rig.fail_with("keyboard-interactive,password"));
    SECTION("no answers") {}
    SECTION("too few") {
        rig.handler->answer_prompts = [](std::span<const Prompt>) {
            return std::vector<std::string>{"one"};
        };
    }
    REQUIRE(rig.question({{"?", false}, {"?", false}}));
    CHECK(rig.last(50) == password_request("secret"));
}

TEST_CASE("answers come later", "[auth]") {
    InteractiveClient rig;
    rig.handler->late = true;
    rig.begin();
    REQUIRE(rig.question({{"?", false}}));
    CHECK(rig.held());
    std::vector<SecretBytes> answers;
    answers.push_back(secret("late"));
    rig.handler->answers.at(0)(std::move(answers));
    CHECK(rig.last(61) == info_response({"late"}));
    CHECK_FALSE(rig.held());
}

TEST_CASE("questions have limits", "[auth]") {
    InteractiveClient rig;
    rig.begin();
    Result<void> result;
    SECTION("32 prompts, not 33") {
        REQUIRE(rig.question(std::vector<Prompt>(32, Prompt{"?", false})));
        result = rig.question(std::vector<Prompt>(33, Prompt{"?", false}));
    }
    SECTION("16 rounds, not 17") {
        for (int i = 0; i < 16; ++i) REQUIRE(rig.question({{"?", false}}));
        result = rig.question({{"?", false}});
    }
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_limit);
}

TEST_CASE("malformed questions end the session", "[auth]") {
    Bytes body;
    Writer(body).string("n").string("i").string("").u32(1).string("?").boolean(true);
    const auto refused = [](const Bytes& bytes) {
        InteractiveClient rig;
        rig.begin();
        const auto result = rig.receive(60, bytes);
        return !result && result.error().code == Errc::peer_malformed && rig.handler->calls.empty();
    };
    for (std::size_t n = 0; n < body.size(); ++n) {
        CAPTURE(n);
        CHECK(refused({body.begin(), body.begin() + static_cast<std::ptrdiff_t>(n)}));
    }
    body.push_back(0);
    CHECK(refused(body));
}

}  // namespace
