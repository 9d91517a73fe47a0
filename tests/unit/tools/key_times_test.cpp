#include "nacre-key/times.hpp"

#include <nacre/crypto/certificate.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::tools;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

}  // namespace

TEST_CASE("points in time", "[key]") {
    // The numbers are those of date(1): date -u -d 2026-01-01 +%s.
    CHECK(parse_time("20260101Z", kNow) == 1767225600);
    CHECK(parse_time("202601010130Z", kNow) == 1767225600 + 5400);
    CHECK(parse_time("20260101013007Z", kNow) == 1767225600 + 5407);
    CHECK(parse_time("20240229Z", kNow) == 1709164800);
    CHECK(parse_time("0x6955b900", kNow) == 1767225600);
    CHECK(parse_time("+52w", kNow) == kNow + 52 * 604800);
    CHECK(parse_time("+1d12h5m3", kNow) == kNow + 86400 + 12 * 3600 + 300 + 3);
    CHECK(parse_time("-1H", kNow) == kNow - 3600);
    CHECK(parse_time("+0", kNow) == kNow);
    CHECK(time_text(1767225600, true) == "2026-01-01T00:00:00Z");
}

TEST_CASE("what is no point in time", "[key]") {
    for (const char* text : {"",
                             "2026",
                             "2026010",
                             "20261301Z",
                             "20260431Z",
                             "20250229Z",
                             "202601012400Z",
                             "202601010060Z",
                             "20260101000060Z",
                             "20260101ZZ",
                             "2026010a",
                             "+",
                             "-",
                             "+w",
                             "+1y",
                             "+1w-",
                             "+99999999999999",
                             "+999999999999w",
                             "-60000w",
                             "0x",
                             "0xg",
                             "always",
                             "forever",
                             " 20260101"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_time(text, kNow));
    }
}

TEST_CASE("how long a certificate is valid", "[key]") {
    const auto weeks = parse_validity("+52w", kNow);
    REQUIRE(weeks);
    // A full minute, one to two minutes ago.
    CHECK(weeks->after == kNow - 60);
    CHECK(parse_validity("+52w", kNow + 58)->after == kNow - 60);
    CHECK(parse_validity("+52w", kNow + 59)->after == kNow);
    CHECK(parse_validity("+1d", 59)->after == 0);
    CHECK(weeks->before == kNow + 52 * 604800);
    const auto always = parse_validity("always:forever", kNow);
    REQUIRE(always);
    CHECK(always->after == 0);
    CHECK(always->before == kForever);
    CHECK(validity_text(*always) == "forever");
    const auto dates = parse_validity("20260101Z:20270101Z", kNow);
    REQUIRE(dates);
    CHECK(dates->after == 1767225600);
    CHECK(dates->before == 1798761600);
    const auto around = parse_validity("-1d:+1d", kNow);
    REQUIRE(around);
    CHECK(around->before - around->after == 2 * 86400);
    CHECK(parse_validity("20260101Z:forever", kNow));
    for (const char* text : {"", ":", "forever:always", "20270101Z:20260101Z", "+1d:+1d", "-1d",
                             "+1d:+2d:+3d", "always", "x:forever", "always:x", "always:"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_validity(text, kNow));
    }
}
