#include "support/auth_client_rig.hpp"
#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

/// A client that was told that only passwords are taken.
struct PasswordClient : AuthClientRig {
    void begin() {
        REQUIRE(start());
        REQUIRE(fail_with("password"));
    }
};

TEST_CASE("a password is sent", "[auth]") {
    PasswordClient rig;
    rig.handler->passwords = {"secret"};
    rig.begin();
    CHECK(rig.last(50) == password_request("secret"));
    REQUIRE(rig.receive(msg::UserauthSuccess{}));
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
}

TEST_CASE("a password is asked for at most three times", "[auth]") {
    PasswordClient rig;
    rig.handler->passwords = {"a", "b", "c", "d"};
    rig.begin();
    for (const auto* expected : {"a", "b", "c"}) {
        CHECK_FALSE(rig.port.failed);
        CHECK(rig.last(50) == password_request(expected));
        REQUIRE(rig.fail_with("password"));
    }
    CHECK(rig.port.failed);
    CHECK(rig.handler->calls.size() == 3);
}

TEST_CASE("a password comes later", "[auth]") {
    PasswordClient rig;
    rig.handler->late = true;
    rig.begin();
    CHECK(rig.held());
    CHECK(rig.port.numbers() == Numbers{50});
    SECTION("at last") {
        rig.handler->secrets.at(0)(secret("secret"));
        CHECK(rig.last(50) == password_request("secret"));
    }
    SECTION("never") {
        rig.handler->secrets.clear();
        CHECK(rig.port.failed);
        return;
    }
    SECTION("when the session is over") {
        rig.layer->on_close({});
        rig.handler->secrets.at(0)(secret("secret"));
        CHECK(rig.port.numbers() == Numbers{50});
        return;
    }
    CHECK_FALSE(rig.held());
}

TEST_CASE("an expired password is changed on request", "[auth]") {
    PasswordClient rig;
    rig.handler->passwords = {"old"};
    rig.handler->new_passwords = {"weak", "good"};
    rig.begin();
    REQUIRE(rig.receive(msg::UserauthPasswdChangereq{"expired", ""}));
    CHECK(rig.last(50) == change_request("old", "weak"));
    REQUIRE(rig.receive(msg::UserauthPasswdChangereq{"too weak", ""}));
    CHECK(rig.last(50) == change_request("old", "good"));
    CHECK(rig.handler->calls ==
          std::vector<std::string>{"password 0", "new_password expired", "new_password too weak"});
    SECTION("with success") {
        REQUIRE(rig.receive(msg::UserauthSuccess{}));
        CHECK(rig.port.users.size() == 1);
    }
    SECTION("unless there is no new one") {
        REQUIRE(rig.receive(msg::UserauthPasswdChangereq{"again", ""}));
        CHECK(rig.port.failed);
    }
}

TEST_CASE("a server cannot have the password changed without end", "[auth]") {
    PasswordClient rig;
    rig.handler->passwords = {"old"};
    rig.handler->new_passwords = {"1", "2", "3", "4", "5"};
    rig.begin();
    for (int i = 0; i < 4; ++i) REQUIRE(rig.receive(msg::UserauthPasswdChangereq{"more", ""}));
    CHECK(rig.port.failed);
    CHECK(rig.handler->new_passwords.size() == 2);
}

TEST_CASE("a malformed request for a change ends the session", "[auth]") {
    PasswordClient rig;
    rig.handler->passwords = {"old"};
    rig.begin();
    const auto result = rig.receive(60, Bytes{0, 0, 0, 1});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_malformed);
}

}  // namespace
