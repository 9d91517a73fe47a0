#include "nacre-bench/arguments.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::bench;

TEST_CASE("options are found wherever they stand", "[bench]") {
    Arguments arguments("get", {"first", "--cipher", "a", "--fast", "second", "--n=7"});
    CHECK(arguments.text("cipher", "", "none") == "a");
    CHECK(arguments.number("n", "", 1, 1, 10) == 7);
    CHECK(arguments.flag("fast", ""));
    CHECK_FALSE(arguments.flag("slow", ""));
    CHECK(arguments.word("FIRST", "") == "first");
    CHECK(arguments.word("SECOND", "", "x") == "second");
    CHECK(arguments.word("THIRD", "", "x") == "x");
    CHECK_FALSE(arguments.finish());
}

TEST_CASE("what is not given has its default", "[bench]") {
    Arguments arguments("get", {});
    CHECK(arguments.text("cipher", "", "none") == "none");
    CHECK(arguments.number("n", "", 3, 1, 10) == 3);
    CHECK(arguments.fraction("x", "", 0.5) == 0.5);
    CHECK(arguments.list("l", "").empty());
    CHECK(arguments.mode("down|up").empty());
    CHECK_FALSE(arguments.finish());
}

TEST_CASE("the last of two counts, lists are split at commas", "[bench]") {
    Arguments arguments("get", {"--n", "2", "--l=a,,b", "--n", "4", "--x", "1.25"});
    CHECK(arguments.number("n", "", 3, 1, 10) == 4);
    CHECK(arguments.list("l", "") == std::vector<std::string>{"a", "b"});
    CHECK(arguments.fraction("x", "", 1) == 1.25);
    CHECK_FALSE(arguments.finish());
}

TEST_CASE("a mode is taken from among the options", "[bench]") {
    Arguments arguments("floor", {"--cipher", "c", "up", "--n", "1"});
    CHECK(arguments.mode("down|up") == "up");
    CHECK(arguments.command() == "floor up");
    CHECK(arguments.text("cipher", "", "") == "c");
    CHECK(arguments.number("n", "", 3, 1, 10) == 1);
    CHECK_FALSE(arguments.finish());
}

TEST_CASE("an option's value is no mode", "[bench]") {
    Arguments arguments("floor", {"--file", "up", "--cipher=c", "down", "--folder", "up"});
    CHECK(arguments.mode("down|up") == "down");
    CHECK(arguments.text("file", "", "") == "up");
    CHECK(arguments.text("folder", "", "") == "up");
    CHECK(arguments.text("cipher", "", "") == "c");
    CHECK_FALSE(arguments.finish());

    Arguments none("floor", {"--file", "up"});
    CHECK(none.mode("down|up").empty());
}

TEST_CASE("a mode stands behind --help", "[bench]") {
    Arguments arguments("floor", {"--help", "up"});
    CHECK(arguments.mode("down|up") == "up");
}

TEST_CASE("a part of a mode's name is none", "[bench]") {
    const std::string given = GENERATE("do", "down|up", "");
    Arguments arguments("floor", {given});
    CHECK(arguments.mode("down|up").empty());
}

TEST_CASE("wrong numbers are refused", "[bench]") {
    const std::string given = GENERATE("0", "11", "-1", "x", "", "7x", "99999999999999999999");
    Arguments arguments("get", {"--n", given});
    CHECK(arguments.number("n", "", 3, 1, 10) == 3);
    CHECK(arguments.finish() == kUsage);
}

TEST_CASE("wrong fractions are refused", "[bench]") {
    const std::string given = GENERATE("0", "-1", "x", "1.5x", "nan", "inf");
    Arguments arguments("get", {"--x", given});
    CHECK(arguments.fraction("x", "", 1) == 1);
    CHECK(arguments.finish() == kUsage);
}

TEST_CASE("what is left over, missing or cut off is refused", "[bench]") {
    Arguments left("get", {"--unknown"});
    CHECK(left.finish() == kUsage);

    Arguments missing("get", {});
    CHECK(missing.word("WHAT", "").empty());
    CHECK(missing.finish() == kUsage);

    Arguments few("get", {"one"});
    CHECK(few.words("WHAT", "", 2).size() == 1);
    CHECK(few.finish() == kUsage);

    Arguments cut("get", {"--n"});
    CHECK(cut.number("n", "", 3, 1, 10) == 3);
    CHECK(cut.finish() == kUsage);
}
