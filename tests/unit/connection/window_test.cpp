#include "connection/window.hpp"

#include "support/det_rng.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace nacre;
using namespace nacre::detail;

namespace {

// Where no window grows.
constexpr Instant kNow{};
constexpr Duration kUnknown{};

}  // namespace

TEST_CASE("a send window takes up to 2^32-1", "[connection]") {
    SendWindow w(0xffff'fffe);
    CHECK(w.left() == 0xffff'fffe);
    REQUIRE(w.add(1).has_value());
    CHECK(w.left() == 0xffff'ffff);
    const auto over = w.add(1);
    REQUIRE_FALSE(over);
    CHECK(over.error().code == Errc::peer_misbehaved);
    CHECK(over.error().disconnect == Disconnect::protocol_error);
    CHECK(w.left() == 0xffff'ffff);
    w.take(0xffff'ffff);
    CHECK(w.left() == 0);
    CHECK(w.add(0xffff'ffff).has_value());
    CHECK_FALSE(w.add(0xffff'ffff));
}

TEST_CASE("a receive window is exact", "[connection]") {
    ReceiveWindow w(100, 100, 50);
    REQUIRE(w.receive(100).has_value());
    const auto over = w.receive(1);
    REQUIRE_FALSE(over);
    CHECK(over.error().code == Errc::peer_misbehaved);
    CHECK(w.receive(0).has_value());
}

TEST_CASE("adjustments wait for three packets or half of the window", "[connection]") {
    constexpr std::uint32_t kSize = 1024 * 1024;
    constexpr std::uint32_t kThree = 3 * 32 * 1024;
    ReceiveWindow w(kSize, kSize, 255 * 1024);
    REQUIRE(w.receive(kThree).has_value());
    w.credit(kThree);
    CHECK(w.adjustment(kNow, kUnknown) == 0);
    REQUIRE(w.receive(1).has_value());
    CHECK(w.adjustment(kNow, kUnknown) == 0);
    w.credit(1);
    CHECK(w.adjustment(kNow, kUnknown) == kThree + 1);
    CHECK(w.adjustment(kNow, kUnknown) == 0);
    CHECK(w.granted() == kSize);

    // Less than half is granted: whatever is given back is announced.
    REQUIRE(w.receive(kSize / 2).has_value());
    w.credit(1);
    CHECK(w.adjustment(kNow, kUnknown) == 0);
    REQUIRE(w.receive(1).has_value());
    CHECK(w.adjustment(kNow, kUnknown) == 1);
    // Nothing was given back.
    CHECK(w.adjustment(kNow, kUnknown) == 0);
}

TEST_CASE("windows of a few bytes are announced when exhausted", "[connection]") {
    const auto size = GENERATE(1u, 2u, 3u, 100u);
    ReceiveWindow w(size, size, 32'768);
    for (int round = 0; round < 3; ++round) {
        REQUIRE(w.receive(size).has_value());
        w.credit(size);
        CHECK(w.adjustment(kNow, kUnknown) == size);
    }
}

TEST_CASE("credit beyond what was received does not count", "[connection]") {
    ReceiveWindow w(100, 100, 50);
    w.credit(1000);
    CHECK(w.adjustment(kNow, kUnknown) == 0);
    REQUIRE(w.receive(60).has_value());
    w.credit(1000);
    CHECK(w.adjustment(kNow, kUnknown) == 60);
    CHECK(w.size() == 100);
}

TEST_CASE("a window grows only while the way there and back is the limit", "[connection]") {
    using std::chrono::milliseconds;
    constexpr Duration kRoundTrip = milliseconds(100);
    ReceiveWindow w(1'000'000, 3'000'000, 32'768);
    Instant now{milliseconds(5)};
    // Uses the window in steps of 100,000 bytes, one each `step`.
    const auto use = [&](std::size_t bytes, Duration step, Duration round_trip) {
        for (std::size_t done = 0; done < bytes; done += 100'000, now += step) {
            REQUIRE(w.receive(100'000).has_value());
            w.credit(100'000);
            static_cast<void>(w.adjustment(now, round_trip));
        }
    };
    SECTION("not when half of it takes longer than two round trips") {
        use(50'000'000, milliseconds(50), kRoundTrip);
        CHECK(w.size() == 1'000'000);
    }
    SECTION("not when the round trip is not known") {
        use(50'000'000, Duration{}, Duration{});
        CHECK(w.size() == 1'000'000);
    }
    SECTION("twice, then up to the limit") {
        use(500'000, milliseconds(10), kRoundTrip);
        CHECK(w.size() == 2'000'000);
        CHECK(w.granted() == 2'000'000);
        use(900'000, milliseconds(10), kRoundTrip);
        CHECK(w.size() == 2'000'000);
        use(100'000, milliseconds(10), kRoundTrip);
        CHECK(w.size() == 3'000'000);
        use(50'000'000, milliseconds(10), kRoundTrip);
        CHECK(w.size() == 3'000'000);
    }
    SECTION("not while the user holds most of it") {
        REQUIRE(w.receive(1'000'000).has_value());
        w.credit(400'000);
        CHECK(w.adjustment(now, kRoundTrip) == 400'000);
        w.credit(100'000);
        CHECK(w.adjustment(now, kRoundTrip) == 100'000);
        CHECK(w.size() == 1'000'000);
    }
}

TEST_CASE("whatever happens, a window loses and invents no byte", "[connection]") {
    test::DetRng rng(GENERATE(range(1u, 50u)));
    INFO("seed " << rng.seed());
    const auto initial = static_cast<std::uint32_t>(1 + rng.below(300'000));
    const auto max = static_cast<std::uint32_t>(1 + rng.below(900'000));
    ReceiveWindow w(initial, max, 32'768);
    // What the peer knows, and what the user holds.
    std::uint64_t peer = initial, held = 0, size = initial;
    Instant now{};
    for (int step = 0; step < 2'000; ++step) {
        switch (rng.below(4)) {
            case 0:
            case 1: {
                const auto n = rng.below(40'000);
                const bool fits = n <= peer;
                REQUIRE(w.receive(n).has_value() == fits);
                if (fits) peer -= n, held += n;
                break;
            }
            case 2: {
                const auto n = rng.below(60'000);
                w.credit(n);
                held -= std::min<std::uint64_t>(n, held);
                break;
            }
            default:
                now += std::chrono::milliseconds(rng.below(20));
                peer += w.adjustment(now, std::chrono::milliseconds(rng.below(30)));
        }
        REQUIRE(w.granted() == peer);
        REQUIRE(w.in_use() == held);
        REQUIRE(w.size() >= size);
        REQUIRE(w.size() <= std::max(initial, max));
        size = w.size();
        // Never stuck: with everything given back and nothing granted, there is an adjustment.
        if (peer == 0 && held == 0) {
            const auto n = w.adjustment(kNow, kUnknown);
            REQUIRE(n > 0);
            peer += n;
            size = w.size();
        }
    }
}
