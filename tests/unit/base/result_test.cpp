#include <nacre/base/result.hpp>

#include <catch2/catch_all.hpp>

#include <memory>
#include <string>

using namespace nacre;

namespace {

Result<int> half(int n) {
    if (n % 2 != 0) return malformed("odd", static_cast<std::uint32_t>(n));
    return n / 2;
}

Result<std::string> quarter_text(int n) {
    NACRE_TRY(const int h, half(n));
    NACRE_TRY(const int q, half(h));
    return std::to_string(q);
}

Result<void> require_even(int n) {
    NACRE_CHECK(half(n));
    return {};
}

}  // namespace

TEST_CASE("a result holds a value or an error") {
    const auto good = half(8);
    REQUIRE(good);
    CHECK(*good == 4);
    const auto bad = half(7);
    REQUIRE_FALSE(bad);
    CHECK(bad.error() == malformed("odd", 7));
    CHECK(half(7).value_or(-1) == -1);
    CHECK(half(6).value_or(-1) == 3);
}

TEST_CASE("NACRE_TRY hands on values and errors") {
    CHECK(quarter_text(12).value() == "3");
    CHECK(quarter_text(7).error().detail == 7);
    CHECK(quarter_text(6).error().detail == 3);
}

TEST_CASE("NACRE_CHECK hands on errors") {
    CHECK(require_even(2).has_value());
    REQUIRE_FALSE(require_even(3));
    CHECK(require_even(3).error().code == Errc::peer_malformed);
}

TEST_CASE("a result moves what cannot be copied") {
    Result<std::unique_ptr<int>> r(std::make_unique<int>(5));
    const auto taken = std::move(r).value();
    CHECK(*taken == 5);
}
