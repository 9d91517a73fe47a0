#include "nacre-bench/report.hpp"
#include "nacre-bench/table.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::bench;

TEST_CASE("the median is the middle sample, or between the middle two", "[bench]") {
    CHECK(summarize(std::vector<double>{3, 1, 2}).median == 2);
    CHECK(summarize(std::vector<double>{4, 1, 2, 3}).median == 2.5);
    CHECK(summarize(std::vector<double>{7}).median == 7);
}

TEST_CASE("a summary says how far samples lie apart", "[bench]") {
    const Summary summary = summarize(std::vector<double>{8, 10, 11});
    CHECK(summary.min == 8);
    CHECK(summary.max == 11);
    CHECK(summary.count == 3);
    CHECK(summary.spread() == Catch::Approx(0.3));
}

TEST_CASE("no samples make no division by zero", "[bench]") {
    const Summary summary = summarize({});
    CHECK(summary.count == 0);
    CHECK(summary.median == 0);
    CHECK(summary.spread() == 0);
}

TEST_CASE("numbers have about three digits", "[bench]") {
    CHECK(number_text(0) == "0");
    CHECK(number_text(0.001234) == "0.00123");
    CHECK(number_text(0.4321) == "0.432");
    CHECK(number_text(1.23456) == "1.235");
    CHECK(number_text(12.3456) == "12.35");
    CHECK(number_text(123.456) == "123.5");
    CHECK(number_text(1234.56) == "1235");
    CHECK(number_text(-12.3456) == "-12.35");
}

TEST_CASE("rows that belong together share a table", "[bench]") {
    Report report;
    report.machine = {{"processor", "P"}};
    report.rows = {
        {"seal", {{"cipher", "a"}}, "ns/byte", {1, 2, 3}, {0.5, 0.25}, {{"GB/s", 0.5}}},
        {"open", {{"cipher", "a"}}, "ns/byte", {4}, {}, {}},
        {"seal", {{"cipher", "longer"}}, "ns/byte", {10}, {}, {{"GB/s", 0.1}}},
    };
    CHECK(to_table(report) ==
          "processor: P\n"
          "\n"
          "seal, ns/byte\n"
          "  cipher  median    min    max  runs  user s  sys s   GB/s\n"
          "  a        2.000  1.000  3.000     3   0.500  0.250  0.500\n"
          "  longer   10.00  10.00  10.00     1       0      0  0.100\n"
          "\n"
          "open, ns/byte\n"
          "  cipher  median    min    max  runs  user s  sys s\n"
          "  a        4.000  4.000  4.000     1       0      0\n");
}

TEST_CASE("rows with other parameters or units do not share a table", "[bench]") {
    Report report;
    report.rows = {
        {"get", {{"cipher", "a"}}, "s", {1}, {}, {}},
        {"get", {{"window", "1"}}, "s", {1}, {}, {}},
        {"get", {{"cipher", "a"}}, "ms", {1}, {}, {}},
    };
    const std::string text = to_table(report);
    std::size_t headings = 0;
    for (std::size_t at = 0; (at = text.find("median", at)) != std::string::npos; ++at) ++headings;
    CHECK(headings == 3);
}
