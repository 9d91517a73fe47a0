#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

TEST_CASE("none tells the methods", "[auth]") {
    AuthServerRig rig;
    rig.handler->allowed = {AuthMethod::publickey, AuthMethod::none};
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.numbers() == Numbers{51});
    CHECK(rig.last_list() == "publickey");
    CHECK(rig.handler->calls == std::vector<std::string>{"methods alice", "none alice"});
    REQUIRE(rig.handler->attempts.size() == 1);
    CHECK(rig.handler->attempts[0].method == "none");
}

TEST_CASE("none logs in who needs no authentication", "[auth]") {
    AuthServerRig rig;
    rig.handler->none_decision = [] { return AuthDecision::success(); };
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.numbers() == Numbers{52});
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
}

TEST_CASE("only the first none is no failure", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_attempts = 2;
    AuthServerRig rig(config);
    REQUIRE(rig.request(auth_request("none")));
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.numbers() == Numbers{51, 51});
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.numbers() == Numbers{51, 51});
    CHECK(rig.port.failed);
}

TEST_CASE("none after another request is a failure", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_attempts = 2;
    AuthServerRig rig(config);
    REQUIRE(rig.request(password_request("x")));
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.failed);
}

TEST_CASE("none is no second factor", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::partial({AuthMethod::publickey, AuthMethod::none});
    };
    rig.handler->none_decision = [] { return AuthDecision::success(); };
    REQUIRE(rig.request(password_request("x")));
    CHECK(rig.last_list() == "publickey");
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.numbers() == Numbers{51, 51});
    CHECK(rig.port.users.empty());
    CHECK(rig.handler->calls.back() == "password x");
}

}  // namespace
