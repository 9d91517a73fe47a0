#include "server/penalty_box.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::server;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant() + 1000h;

IpAddress ip(const std::string& text) {
    return *IpAddress::parse(text);
}

}  // namespace

TEST_CASE("penalties add up and count from the minimum on", "[server][limits]") {
    PenaltyBox box{Penalties{}};
    const auto peer = ip("192.0.2.1");
    CHECK_FALSE(box.refuses(peer, kStart));
    box.add(peer, Offence::auth_fail, kStart);
    box.add(peer, Offence::auth_fail, kStart);
    CHECK_FALSE(box.refuses(peer, kStart));  // 10 of 15 seconds
    box.add(peer, Offence::auth_fail, kStart);
    CHECK(box.refuses(peer, kStart));
    CHECK_FALSE(box.refuses(ip("192.0.2.2"), kStart));
    CHECK(box.refuses(peer, kStart + 14s));
    CHECK_FALSE(box.refuses(peer, kStart + 15s));
}

TEST_CASE("what is enforced once stays so until its end", "[server][limits]") {
    PenaltyBox box{Penalties{}};
    const auto peer = ip("192.0.2.1");
    for (int i = 0; i < 3; ++i) box.add(peer, Offence::auth_fail, kStart);
    box.add(peer, Offence::no_auth, kStart + 10s);
    CHECK(box.refuses(peer, kStart + 15s));
    CHECK_FALSE(box.refuses(peer, kStart + 16s));
}

TEST_CASE("an offence that is over is forgotten", "[server][limits]") {
    PenaltyBox box{Penalties{}};
    const auto peer = ip("192.0.2.1");
    for (int i = 0; i < 10; ++i) box.add(peer, Offence::auth_fail, kStart + i * 6s);
    CHECK_FALSE(box.refuses(peer, kStart + 54s));
}

TEST_CASE("no penalty is longer than the maximum", "[server][limits]") {
    PenaltyBox box{Penalties{}};
    const auto peer = ip("2001:db8::");
    for (int i = 0; i < 100; ++i) box.add(peer, Offence::crash, kStart);
    CHECK(box.refuses(peer, kStart + 599s));
    CHECK_FALSE(box.refuses(peer, kStart + 600s));
}

TEST_CASE("each offence has its own time", "[server][limits]") {
    Penalties rules;
    rules.min = 1s;
    const auto lasts = [&](Offence offence) {
        PenaltyBox box{rules};
        const auto peer = ip("192.0.2.1");
        box.add(peer, offence, kStart);
        int seconds = 0;
        while (box.refuses(peer, kStart + seconds * 1s)) ++seconds;
        return seconds;
    };
    CHECK(lasts(Offence::crash) == 90);
    CHECK(lasts(Offence::grace_exceeded) == 10);
    CHECK(lasts(Offence::invalid_user) == 5);
    CHECK(lasts(Offence::auth_fail) == 5);
    CHECK(lasts(Offence::no_auth) == 1);
    rules.no_auth = 0s;
    CHECK(lasts(Offence::no_auth) == 0);
    rules.enabled = false;
    CHECK(lasts(Offence::crash) == 0);
}

TEST_CASE("the memory for sources is bounded", "[server][limits]") {
    Penalties rules;
    rules.max_sources = 2;
    rules.min = 1s;
    const auto a = ip("192.0.2.1"), b = ip("192.0.2.2"), c = ip("192.0.2.3");
    SECTION("the one that would be over first makes room") {
        PenaltyBox box{rules};
        box.add(a, Offence::crash, kStart);
        box.add(b, Offence::auth_fail, kStart);
        box.add(c, Offence::auth_fail, kStart);
        CHECK(box.refuses(a, kStart));
        CHECK_FALSE(box.refuses(b, kStart));
        CHECK(box.refuses(c, kStart));
    }
    SECTION("or nobody is let in until there is room") {
        rules.overflow_denies_all = true;
        PenaltyBox box{rules};
        box.add(a, Offence::crash, kStart);
        CHECK_FALSE(box.refuses(c, kStart));
        box.add(b, Offence::auth_fail, kStart);
        CHECK(box.refuses(c, kStart));
        CHECK_FALSE(box.refuses(ip("::1"), kStart));  // a family of its own
        CHECK_FALSE(box.refuses(c, kStart + 5s));
        CHECK(box.refuses(a, kStart + 5s));
    }
}
