#include <nacre/keys/login_restrictions.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

TEST_CASE("nothing restricts nothing, and changes nothing", "[keys]") {
    LoginRestrictions some;
    some.force_command = "uptime";
    some.x11_forwarding = false;
    some.environment = {{"A", "1"}};
    some.permit_open = {{"localhost:80"}};
    some.tunnel = 3;
    CHECK(narrower(some, {}).value() == some);
    CHECK(narrower({}, some).value() == some);
    CHECK(narrower(some, some).value() == some);
}

TEST_CASE("each thing must be allowed by both", "[keys]") {
    for (auto flag : {&LoginRestrictions::pty, &LoginRestrictions::agent_forwarding,
                      &LoginRestrictions::port_forwarding, &LoginRestrictions::x11_forwarding,
                      &LoginRestrictions::user_rc}) {
        LoginRestrictions no;
        no.*flag = false;
        CHECK_FALSE(narrower(no, {}).value().*flag);
        CHECK_FALSE(narrower({}, no).value().*flag);
    }
    LoginRestrictions untouched;
    untouched.touch_required = false;
    CHECK(narrower(untouched, {}).value().touch_required);
    CHECK_FALSE(narrower(untouched, untouched).value().touch_required);
    LoginRestrictions verified;
    verified.verify_required = true;
    CHECK(narrower(verified, {}).value().verify_required);
    CHECK(narrower({}, verified).value().verify_required);
}

TEST_CASE("lists of what is permitted are cut to what both name", "[keys]") {
    LoginRestrictions a, b;
    a.permit_open = {{"one:1", "two:2"}};
    b.permit_open = {{"two:2", "three:3"}};
    a.permit_listen = {{"8080"}};
    const auto both = narrower(a, b).value();
    CHECK(both.permit_open == std::vector<std::string>{"two:2"});
    CHECK(both.permit_listen == std::vector<std::string>{"8080"});

    b.permit_open = {{"three:3"}};
    const auto none = narrower(a, b).value();
    REQUIRE(none.permit_open);
    CHECK(none.permit_open->empty());
}

TEST_CASE("of two values for one variable the first counts", "[keys]") {
    LoginRestrictions a, b;
    a.environment = {{"X", "1"}};
    b.environment = {{"X", "2"}, {"Y", "3"}};
    CHECK(narrower(a, b).value().environment ==
          std::vector<std::pair<std::string, std::string>>{{"X", "1"}, {"Y", "3"}});
}

TEST_CASE("commands and tunnels that differ cannot both hold", "[keys]") {
    LoginRestrictions a, b;
    a.force_command = "one";
    b.force_command = "two";
    CHECK(narrower(a, b).error().code == Errc::peer_refused);
    b.force_command = "one";
    CHECK(narrower(a, b).value().force_command == "one");
    a.tunnel = 1;
    b.tunnel = 2;
    CHECK(narrower(a, b).error().code == Errc::peer_refused);
}

}  // namespace
