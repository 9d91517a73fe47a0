#include "server/admission.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::server;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant() + 1000h;

/// An Admission, and the places it gave.
struct Door {
    explicit Door(const Limits& limits) : admission(limits) {}

    /// Empty: let in.
    std::string knock(const std::string& address, Instant now = kStart) {
        auto answer = admission.admit(address, now);
        if (const char* const* reason = std::get_if<const char*>(&answer)) return *reason;
        places.push_back(std::move(*std::get_if<0>(&answer)));
        return {};
    }

    Admission admission;
    std::vector<std::shared_ptr<Admission::Place>> places;
};

std::vector<IpNetwork> networks(std::initializer_list<const char*> texts) {
    std::vector<IpNetwork> all;
    for (const char* text : texts) all.push_back(*IpNetwork::parse(text));
    return all;
}

}  // namespace

TEST_CASE("blocked addresses are refused, and those that are not allowed", "[server][limits]") {
    Limits limits;
    limits.allowed = networks({"192.0.2.0/24", "2001:db8::/32"});
    limits.blocked = networks({"192.0.2.128/25"});
    Door door(limits);
    CHECK(door.knock("192.0.2.1").empty());
    CHECK(door.knock("2001:db8::9").empty());
    CHECK(door.knock("::ffff:192.0.2.2").empty());
    CHECK(door.knock("192.0.2.200") == "address is blocked");
    CHECK(door.knock("203.0.113.1") == "address is not among those that are allowed");
    CHECK(door.knock("stdio").empty());
}

TEST_CASE("a source has so many connections, logged in or not", "[server][limits]") {
    Limits limits;
    limits.max_connections_per_source = 2;
    Door door(limits);
    CHECK(door.knock("192.0.2.1").empty());
    CHECK(door.knock("192.0.2.1").empty());
    door.places[0]->logged_in();
    CHECK(door.knock("192.0.2.1") == "too many connections of this source");
    CHECK(door.knock("192.0.2.2").empty());
    door.places.erase(door.places.begin());
    CHECK(door.knock("192.0.2.1").empty());
    CHECK(door.admission.connections() == 3);
}

TEST_CASE("an IPv6 network is one source", "[server][limits]") {
    Limits limits;
    limits.max_connections_per_source = 1;
    Door door(limits);
    CHECK(door.knock("2001:db8:0:1::1").empty());
    CHECK_FALSE(door.knock("2001:db8:0:1:ffff::2").empty());
    CHECK(door.knock("2001:db8:0:2::1").empty());
}

TEST_CASE("those who log in make room for others who want to", "[server][limits]") {
    Limits limits;
    limits.startups_begin = limits.startups_full = 2;
    limits.startups_per_source = 1;
    Door door(limits);
    CHECK(door.knock("192.0.2.1").empty());
    CHECK(door.knock("192.0.2.1") == "too many connections of this source that are not logged in");
    CHECK(door.knock("192.0.2.2").empty());
    CHECK(door.knock("192.0.2.3") == "too many connections that are not logged in");
    door.places[0]->logged_in();
    door.places[0]->logged_in();  // counts once
    CHECK(door.knock("192.0.2.1").empty());
    CHECK_FALSE(door.knock("192.0.2.3").empty());
}

TEST_CASE("between two numbers of startups some are dropped at random", "[server][limits]") {
    Limits limits;
    limits.startups_begin = 1;
    limits.startups_rate = 50;
    limits.startups_full = 1'000'000;
    Door door(limits);
    REQUIRE(door.knock("192.0.2.1").empty());
    int dropped = 0;
    for (int i = 0; i < 400; ++i) {
        if (door.knock("192.0.2.2").empty())
            door.places.pop_back();
        else
            ++dropped;
    }
    // 200 expected, with a deviation of 10.
    CHECK(dropped > 120);
    CHECK(dropped < 280);
}

TEST_CASE("who did not log in may have to wait", "[server][limits]") {
    Door door(Limits{});
    const auto offend = [&](const char* address, Offence offence) {
        REQUIRE(door.knock(address).empty());
        door.places.back()->offended(offence, kStart);
        door.places.pop_back();
    };
    for (int i = 0; i < 3; ++i) offend("192.0.2.1", Offence::auth_fail);
    CHECK(door.knock("192.0.2.1") == "source has to wait for what its connections did before");
    CHECK(door.knock("192.0.2.2").empty());
    CHECK(door.knock("192.0.2.1", kStart + 15s).empty());

    SECTION("all of an IPv6 network") {
        offend("2001:db8:0:1::1", Offence::crash);
        CHECK_FALSE(door.knock("2001:db8:0:1::2").empty());
        CHECK(door.knock("2001:db8:0:2::1").empty());
    }
    SECTION("but not this machine") {
        for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.2"}) {
            offend(address, Offence::crash);
            CHECK(door.knock(address).empty());
        }
    }
    SECTION("nor who logged in") {
        REQUIRE(door.knock("192.0.2.7").empty());
        door.places.back()->logged_in();
        door.places.back()->offended(Offence::crash, kStart);
        CHECK(door.knock("192.0.2.7").empty());
    }
    SECTION("and only once for one connection") {
        REQUIRE(door.knock("192.0.2.8").empty());
        for (int i = 0; i < 9; ++i) door.places.back()->offended(Offence::auth_fail, kStart);
        CHECK(door.knock("192.0.2.8").empty());
    }
}
