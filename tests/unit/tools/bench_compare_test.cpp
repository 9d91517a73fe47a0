#include "nacre-bench/compare.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::bench;

namespace {

Row row(std::string name, Facts parameters, std::string unit, std::vector<double> samples) {
    return {std::move(name), std::move(parameters), std::move(unit), std::move(samples), {}, {}};
}

}  // namespace

TEST_CASE("rows are compared with their like", "[bench]") {
    Report a, b;
    a.rows = {row("get", {{"cipher", "x"}, {"n", "1"}}, "s", {1, 2, 3}),
              row("get", {{"cipher", "y"}, {"n", "1"}}, "s", {1}),
              row("put", {{"cipher", "x"}}, "s", {4})};
    b.rows = {row("put", {{"cipher", "x"}}, "ms", {4}),
              row("get", {{"n", "1"}, {"cipher", "x"}}, "s", {3}),
              row("put", {{"cipher", "x"}}, "s", {2})};
    const auto pairings = pair_rows(a, b);
    REQUIRE(pairings.size() == 2);
    CHECK(pairings[0].a == &a.rows[0]);
    CHECK(pairings[0].b == &b.rows[1]);
    CHECK(pairings[0].ratio == 1.5);
    CHECK(pairings[1].b == &b.rows[2]);
    CHECK(pairings[1].ratio == 0.5);
}

TEST_CASE("of equal rows the first counts", "[bench]") {
    Report a, b;
    a.rows = {row("get", {}, "s", {1}), row("get", {}, "s", {5})};
    b.rows = {row("get", {}, "s", {2}), row("get", {}, "s", {7})};
    const auto pairings = pair_rows(a, b);
    REQUIRE(pairings.size() == 1);
    CHECK(pairings[0].ratio == 2);
}

TEST_CASE("a median of 0 has no ratio; more than that is above any limit", "[bench]") {
    Report a, b;
    a.rows = {row("get", {}, "s", GENERATE(std::vector<double>{}, std::vector<double>{0, 0, 5}))};
    b.rows = {row("get", {}, "s", {1})};
    const auto worse = pair_rows(a, b);
    REQUIRE(worse.size() == 1);
    CHECK_FALSE(worse[0].ratio);
    CHECK(worse[0].above(1e6));
    CHECK(to_table(worse).find("1.000    -") != std::string::npos);

    b.rows[0].samples = {0};
    CHECK_FALSE(pair_rows(a, b)[0].ratio);
    CHECK_FALSE(pair_rows(a, b)[0].above(1));
}

TEST_CASE("a ratio is above a limit or not", "[bench]") {
    Report a, b;
    a.rows = {row("get", {}, "s", {2})};
    b.rows = {row("get", {}, "s", {3})};
    const auto pairings = pair_rows(a, b);
    CHECK(pairings[0].above(1.4));
    CHECK_FALSE(pairings[0].above(1.5));
}

TEST_CASE("rows that the second report lacks are missing, also those without samples there",
          "[bench]") {
    Report a, b;
    a.rows = {row("get", {}, "s", {1}), row("put", {}, "s", {1}), row("put", {}, "s", {2}),
              row("list", {}, "s", {1})};
    b.rows = {row("list", {}, "s", {}), row("get", {}, "s", {1}), row("more", {}, "s", {1})};
    const auto missing = missing_rows(a, b);
    REQUIRE(missing.size() == 2);
    CHECK(missing[0] == &a.rows[1]);
    CHECK(missing[1] == &a.rows[3]);
    CHECK(pair_rows(a, b).size() == 1);
    CHECK(missing_rows(a, a).empty());
}

TEST_CASE("the table shows medians, ratio and spread", "[bench]") {
    Report a, b;
    a.rows = {row("get", {{"cipher", "x"}}, "s", {1, 2, 3})};
    b.rows = {row("get", {{"cipher", "x"}}, "s", {3})};
    CHECK(to_table(pair_rows(a, b)) ==
          "  name  parameters  unit      A      B    B/A  spread A  spread B\n"
          "  get   x           s     2.000  3.000  1.500    100.0%      0.0%\n");
}
