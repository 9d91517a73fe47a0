#include "nacre-bench/plot.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::bench;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Row row(std::string name, std::string value, double sample) {
    return {std::move(name), {{"cipher", std::move(value)}}, "s", {sample}, {}, {}};
}

}  // namespace

TEST_CASE("each name and unit has a chart, each report a colour", "[bench]") {
    NamedReport a{"before", {}}, b{"after", {}};
    a.report.rows = {row("get", "x", 1), row("put", "x", 2)};
    b.report.rows = {row("get", "x", 3), row("get", "y", 4)};
    const std::string script = plot_script({a, b}, "out.svg");
    CHECK(has(script, "set output 'out.svg'\n"));
    CHECK(has(script, "set multiplot layout 2,1\n"));
    CHECK(has(script, "$data0 << END_OF_DATA\n\"x\" 1 1 1\n\"y\" NaN NaN NaN\nEND_OF_DATA\n"));
    CHECK(has(script, "$data1 << END_OF_DATA\n\"x\" 3 3 3\n\"y\" 4 4 4\nEND_OF_DATA\n"));
    CHECK(has(script, "$data0 << END_OF_DATA\n\"x\" 2 2 2\nEND_OF_DATA\n"));
    CHECK(has(script, "title 'after' linecolor 2"));
    // The second report has no row in the second chart.
    CHECK_FALSE(has(script, "$data1 << END_OF_DATA\n\"x\" NaN"));
}

TEST_CASE("nothing in a report is taken for a command", "[bench]") {
    NamedReport a{"it's `id`\nset output 'x'", {}};
    a.report.rows = {row("na'me", "\"; system('id')\nEND_OF_DATA\n`id`\\", 1)};
    const std::string script = plot_script({a}, "o'ut.svg");
    CHECK(has(script, "set output 'o''ut.svg'\n"));
    CHECK(has(script, "title 'it''s `id` set output ''x'''"));
    CHECK(has(script, "set title 'na''me'\n"));
    CHECK(has(script, "\"_; system('id')_END_OF_DATA__id__\" 1 1 1\n"));
}

TEST_CASE("labels leave out what most names end in, and stay apart", "[bench]") {
    NamedReport a{"a", {}};
    a.report.rows = {row("get", "x@openssh.com y@openssh.com", 1), row("get", "x y", 2)};
    CHECK(has(plot_script({a}, "out.svg"), "\"x@ y@\" 1 1 1\n\"x y\" 2 2 2\n"));
}

TEST_CASE("without rows there is nothing to draw", "[bench]") {
    CHECK(plot_script({}, "out.svg").empty());
    CHECK(plot_script({{"a", {}}}, "out.svg").empty());
}
