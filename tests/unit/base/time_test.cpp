#include <nacre/base/time.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

TEST_CASE("no deadline is later than any") {
    const Instant early{std::chrono::seconds(1)};
    const Instant late{std::chrono::seconds(2)};
    CHECK(earlier(early, late) == early);
    CHECK(earlier(late, early) == early);
    CHECK(earlier(std::nullopt, late) == late);
    CHECK(earlier(late, std::nullopt) == late);
    CHECK_FALSE(earlier(std::nullopt, std::nullopt));
}
