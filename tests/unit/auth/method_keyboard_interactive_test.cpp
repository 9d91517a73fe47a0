#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

/// Asks for a password and a code, then nothing, then decides.
struct InteractiveServer : AuthServerRig {
    explicit InteractiveServer(AuthConfig config = undelayed()) : AuthServerRig(std::move(config)) {
        handler->first_step = [](std::string_view) {
            return InteractiveStep{
                "Login", "Two answers", {{"Password: ", false}, {"Code: ", true}}, {}};
        };
        handler->next_step = [](const std::vector<std::string>& answers) {
            if (answers.empty()) return AuthHandlerSpy::decide(AuthDecision::success());
            if (answers == std::vector<std::string>{"secret", "1234"})
                return InteractiveStep{"", "Welcome", {}, {}};
            return AuthHandlerSpy::refusal();
        };
    }
    Result<void> respond(const std::vector<std::string_view>& answers) {
        return receive(61, info_response(answers));
    }
};

TEST_CASE("questions are asked in rounds", "[auth]") {
    InteractiveServer rig;
    REQUIRE(rig.request(interactive_request("pam,otp")));
    CHECK(rig.handler->calls.back() == "interactive_start pam,otp");
    REQUIRE(rig.port.numbers() == Numbers{60});
    Bytes expected;
    Writer(expected).string("Login").string("Two answers").string("").u32(2);
    Writer(expected).string("Password: ").boolean(false).string("Code: ").boolean(true);
    CHECK(rig.port.sent[0].body == expected);
    CHECK_FALSE(rig.held());

    REQUIRE(rig.respond({"secret", "1234"}));
    CHECK(rig.handler->calls.back() == "interactive_answer secret 1234");
    CHECK(rig.port.numbers() == Numbers{60, 60});
    CHECK(rig.port.sent_as<msg::UserauthInfoRequest>(1).num_prompts == 0);

    REQUIRE(rig.respond({}));
    CHECK(rig.port.numbers() == Numbers{60, 60, 52});
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
    REQUIRE(rig.handler->attempts.size() == 1);
    CHECK(rig.handler->attempts[0].method == "keyboard-interactive");
}

TEST_CASE("wrong answers fail", "[auth]") {
    InteractiveServer rig;
    REQUIRE(rig.request(interactive_request()));
    REQUIRE(rig.respond({"secret", "0000"}));
    CHECK(rig.port.numbers() == Numbers{60, 51});
    CHECK(rig.handler->attempts.at(0).reason == "refused");
    // The conversation is over.
    const auto late = rig.respond({"secret", "1234"});
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Errc::unsupported);
    CHECK(rig.port.numbers() == Numbers{60, 51});
}

TEST_CASE("another number of responses fails", "[auth]") {
    InteractiveServer rig;
    REQUIRE(rig.request(interactive_request()));
    std::vector<std::string_view> answers;
    SECTION("none") {}
    SECTION("one less") {
        answers = {"secret"};
    }
    SECTION("one more") {
        answers = {"secret", "1234", "x"};
    }
    SECTION("more than any request has prompts") {
        answers.assign(1000, "x");
    }
    REQUIRE(rig.respond(answers));
    CHECK(rig.port.numbers() == Numbers{60, 51});
    CHECK(rig.handler->calls.back() == "interactive_start ");
    CHECK(rig.handler->attempts.at(0).reason == "wrong number of responses");
}

TEST_CASE("malformed responses end the session", "[auth]") {
    InteractiveServer rig;
    REQUIRE(rig.request(interactive_request()));
    Bytes body = info_response({"secret", "1234"});
    SECTION("short") {
        body.pop_back();
    }
    SECTION("long") {
        body.push_back(0);
    }
    SECTION("a count that does not fit") {
        body[0] = 0xff;
    }
    SECTION("empty") {
        body.clear();
    }
    const auto result = rig.receive(61, body);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_malformed);
    CHECK(result.error().disconnect == Disconnect::protocol_error);
    CHECK(rig.handler->calls.back() == "interactive_start ");
}

TEST_CASE("responses have the limit of passwords", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_password = 6;
    InteractiveServer rig(config);
    REQUIRE(rig.request(interactive_request()));
    REQUIRE(rig.respond({"secret", "1234"}));
    CHECK(rig.port.numbers() == Numbers{60, 60});
    REQUIRE(rig.request(interactive_request()));
    REQUIRE(rig.respond({"secret", "1234567"}));
    CHECK(rig.port.numbers() == Numbers{60, 60, 60, 51});
    CHECK(rig.handler->attempts.back().reason == "response too long");
}

TEST_CASE("a new request ends the conversation", "[auth]") {
    InteractiveServer rig;
    REQUIRE(rig.request(interactive_request()));
    SECTION("by another method") {
        REQUIRE(rig.request(password_request("x")));
        CHECK(rig.port.numbers() == Numbers{60, 51});
    }
    SECTION("by an unknown method") {
        REQUIRE(rig.request(auth_request("hostbased")));
        CHECK(rig.port.numbers() == Numbers{60, 51});
    }
    SECTION("by the same method") {
        rig.handler->first_step = [](std::string_view) { return AuthHandlerSpy::refusal(); };
        REQUIRE(rig.request(interactive_request()));
        CHECK(rig.port.numbers() == Numbers{60, 51});
    }
    const auto late = rig.respond({"secret", "1234"});
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Errc::unsupported);
    CHECK(rig.port.users.empty());
}

TEST_CASE("a response that nobody asked for is unimplemented", "[auth]") {
    InteractiveServer rig;
    const auto result = rig.respond({});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::unsupported);
    CHECK(rig.handler->calls.empty());
}

TEST_CASE("steps are decided later", "[auth]") {
    InteractiveServer rig;
    rig.handler->late = true;
    REQUIRE(rig.request(interactive_request()));
    CHECK(rig.held());
    rig.handler->steps.at(0)(InteractiveStep{"", "", {{"Code: ", true}}, {}});
    CHECK_FALSE(rig.held());
    CHECK(rig.port.numbers() == Numbers{60});
    REQUIRE(rig.respond({"1"}));
    CHECK(rig.held());
    SECTION("with success") {
        rig.handler->steps.at(1)(AuthHandlerSpy::decide(AuthDecision::success()));
        CHECK(rig.port.numbers() == Numbers{60, 52});
    }
    SECTION("never") {
        rig.handler->steps.clear();
        CHECK(rig.port.numbers() == Numbers{60, 51});
    }
    CHECK_FALSE(rig.held());
    CHECK(rig.port.holds == 2);
}

TEST_CASE("questions beyond the limits fail", "[auth]") {
    InteractiveServer rig;
    InteractiveStep step;
    std::string reason;
    bool fits = false;
    SECTION("32 prompts") {
        step.prompts.assign(32, Prompt{"?", false});
        fits = true;
    }
    SECTION("33 prompts") {
        step.prompts.assign(33, Prompt{"?", false});
        reason = "too many prompts";
    }
    SECTION("an empty prompt") {
        step.prompts.assign(1, Prompt{"", false});
        reason = "empty prompt";
    }
    SECTION("64 KiB") {
        step.instruction.assign(64 * 1024 - 16, 'x');
        fits = true;
    }
    SECTION("a byte more") {
        step.instruction.assign(64 * 1024 - 15, 'x');
        reason = "questions too long";
    }
    rig.handler->first_step = [&](std::string_view) { return step; };
    REQUIRE(rig.request(interactive_request()));
    CHECK(rig.port.numbers() == (fits ? Numbers{60} : Numbers{51}));
    if (!fits) CHECK(rig.handler->attempts.at(0).reason == reason);
}

TEST_CASE("the rounds and the hint of submethods are limited", "[auth]") {
    InteractiveServer rig;
    rig.handler->next_step = [](const std::vector<std::string>&) {
        return InteractiveStep{"", "", {{"again", true}}, {}};
    };
    rig.handler->first_step = [](std::string_view) {
        return InteractiveStep{"", "", {{"again", true}}, {}};
    };
    REQUIRE(rig.request(interactive_request(std::string(1024, 's'))));
    for (int i = 0; i < 16; ++i) REQUIRE(rig.respond({"x"}));
    CHECK(rig.port.count(60) == 16);
    CHECK(rig.port.sent.back().number == 51);
    CHECK(rig.handler->attempts.at(0).reason == "too many rounds of questions");
    REQUIRE(rig.request(interactive_request(std::string(1025, 's'))));
    CHECK(rig.port.count(60) == 16);
    CHECK(rig.handler->attempts.at(1).reason == "submethods too long");
}

TEST_CASE("a change of password belongs to the method password", "[auth]") {
    InteractiveServer rig;
    rig.handler->first_step = [](std::string_view) {
        return AuthHandlerSpy::decide(AuthDecision::change_password("expired"));
    };
    REQUIRE(rig.request(interactive_request()));
    CHECK(rig.port.numbers() == Numbers{51});
}

}  // namespace
