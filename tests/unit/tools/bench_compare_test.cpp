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

TEST_CASE("a median of nothing has no ratio", "[bench]") {
    Report a, b;
    a.rows = {row("get", {}, "s", {})};
    b.rows = {row("get", {}, "s", {1})};
    CHECK(pair_rows(a, b)[0].ratio == 0);
}

TEST_CASE("the table shows medians, ratio and spread", "[bench]") {
    Report a, b;
    a.rows = {row("get", {{"cipher", "x"}}, "s", {1, 2, 3})};
    b.rows = {row("get", {{"cipher", "x"}}, "s", {3})};
    CHECK(to_table(pair_rows(a, b)) ==
          "  name  parameters  unit      A      B    B/A  spread A  spread B\n"
          "  get   x           s     2.000  3.000  1.500    100.0%      0.0%\n");
}
