#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

AuthDecision accept_secret(std::string_view, std::string_view password) {
    return password == "secret" ? AuthDecision::success() : AuthDecision::failure();
}

TEST_CASE("a right password logs in", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(password_request("secret")));
    CHECK(rig.port.numbers() == Numbers{52});
    CHECK(rig.port.sent[0].body.empty());
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
    CHECK(rig.port.holds == 0);
    REQUIRE(rig.handler->attempts.size() == 1);
    CHECK(rig.handler->attempts[0].user == "alice");
    CHECK(rig.handler->attempts[0].method == "password");
    CHECK(rig.handler->attempts[0].verdict == AuthDecision::Verdict::success);
    CHECK(rig.handler->attempts[0].reason.empty());
}

TEST_CASE("a wrong password fails with the list of methods", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(password_request("guess")));
    CHECK(rig.port.numbers() == Numbers{51});
    Bytes expected;
    Writer(expected).string("publickey,password,keyboard-interactive").boolean(false);
    CHECK(rig.port.sent[0].body == expected);
    CHECK(rig.port.users.empty());
    CHECK(rig.handler->attempts.at(0).reason == "refused");

    REQUIRE(rig.request(password_request("secret")));
    CHECK(rig.port.numbers() == Numbers{51, 52});
    CHECK(rig.handler->failures == 1);
}

TEST_CASE("passwords up to the limit reach the handler", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_password = 8;
    AuthServerRig rig(config);
    REQUIRE(rig.request(password_request("12345678")));
    CHECK(rig.handler->calls.back() == "password 12345678");
    REQUIRE(rig.request(password_request("123456789")));
    CHECK(rig.handler->calls.back() == "password 12345678");
    REQUIRE(rig.request(change_request("12345678", "123456789")));
    REQUIRE(rig.request(change_request("123456789", "12345678")));
    CHECK(rig.handler->calls.back() == "password 12345678");
    CHECK(rig.port.numbers() == Numbers{51, 51, 51, 51});
    CHECK(rig.handler->attempts.back().reason == "password too long");
    REQUIRE(rig.request(change_request("12345678", "87654321")));
    CHECK(rig.handler->calls.back() == "change_password 12345678 87654321");
}

TEST_CASE("an expired password is changed", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::change_password("expired");
    };
    rig.handler->check_change = [](std::string_view old, std::string_view fresh) {
        if (old != "old") return AuthDecision::failure();
        if (fresh == "weak") return AuthDecision::change_password("too weak");
        return AuthDecision::success();
    };
    REQUIRE(rig.request(password_request("old")));
    REQUIRE(rig.port.numbers() == Numbers{60});
    Bytes expected;
    Writer(expected).string("expired").string("");
    CHECK(rig.port.sent[0].body == expected);
    CHECK(rig.port.users.empty());

    REQUIRE(rig.request(change_request("old", "weak")));
    REQUIRE(rig.request(change_request("wrong", "good")));
    CHECK(rig.handler->failures == 1);  // the change that was refused counts
    REQUIRE(rig.request(change_request("old", "good")));
    CHECK(rig.handler->failures == 2);
    CHECK(rig.port.numbers() == Numbers{60, 60, 51, 52});
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
}

TEST_CASE("a change of the password succeeds only by a verdict on it", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(change_request("secret", "")));
    REQUIRE(rig.request(change_request("", "")));
    CHECK(rig.port.numbers() == Numbers{51, 51});
    CHECK(rig.port.users.empty());
}

TEST_CASE("password changes that do not go through end the session", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_attempts = 2;
    AuthServerRig rig(config);
    rig.handler->check_change = [](std::string_view, std::string_view) {
        return AuthDecision::change_password("too weak");
    };
    REQUIRE(rig.request(change_request("old", "weak")));
    CHECK(rig.port.numbers() == Numbers{60});
    REQUIRE(rig.request(change_request("old", "weak")));
    CHECK(rig.port.numbers() == Numbers{60});
    REQUIRE(rig.port.failed);
    CHECK(rig.port.failed->disconnect == Disconnect::no_more_auth_methods_available);
}

TEST_CASE("a password is decided later", "[auth]") {
    AuthServerRig rig;
    rig.handler->late = true;
    REQUIRE(rig.request(password_request("secret")));
    CHECK(rig.held());
    CHECK(rig.port.sent.empty());
    REQUIRE(rig.handler->decisions.size() == 1);
    SECTION("with success") {
        rig.handler->decisions[0](AuthDecision::success());
        CHECK(rig.port.numbers() == Numbers{52});
        CHECK(rig.port.users == std::vector<std::string>{"alice"});
    }
    SECTION("with failure") {
        rig.handler->decisions[0](AuthDecision::failure());
        CHECK(rig.port.numbers() == Numbers{51});
    }
    SECTION("with an error") {
        rig.handler->decisions[0](
            Error{Errc::local_failed, Disconnect::none, 0, "the database is away"});
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.handler->attempts.at(0).reason == "the database is away");
    }
    SECTION("never") {
        rig.handler->decisions.clear();
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.handler->attempts.at(0).reason == "dropped unanswered");
    }
    CHECK_FALSE(rig.held());
    CHECK(rig.port.holds == 1);
}

TEST_CASE("a verdict after the end is nothing", "[auth]") {
    AuthServerRig rig;
    rig.handler->late = true;
    REQUIRE(rig.request(password_request("secret")));
    auto reply = std::move(rig.handler->decisions.at(0));
    SECTION("of the session") {
        rig.layer->on_close({});
    }
    SECTION("of the layer") {
        rig.layer.reset();
    }
    reply(AuthDecision::success());
    CHECK(rig.port.sent.empty());
    CHECK(rig.port.users.empty());
}

}  // namespace
