#include "nacre-key/arguments.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::tools;

namespace {

constexpr OptionRow kRows[] = {{"n", "N", "a number"}, {"fast", "", "a flag"}};

Outcome<Arguments> parse(std::vector<std::string> words) {
    return Arguments::parse(kRows, words);
}

}  // namespace

TEST_CASE("options and words in any order", "[key]") {
    const auto given = parse({"-", "--n", "1", "a", "--fast", "--n=2", "--", "--b"});
    REQUIRE(given);
    CHECK(given->words() == std::vector<std::string>{"-", "a", "--b"});
    CHECK(given->has("fast"));
    CHECK(given->value("n") == "2");
    CHECK(given->values("n") == std::vector<std::string>{"1", "2"});
    CHECK(**given->number("n", 1, 2) == 2);
}

TEST_CASE("wrong options", "[key]") {
    for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"--other"}, "unknown option --other"},
             {{"-n"}, "unknown option -n"},
             {{"--n"}, "a value must follow --n"},
             {{"--fast=1"}, "--fast takes no value"}}) {
        const auto given = parse(words);
        REQUIRE_FALSE(given);
        CHECK(given.why().text == text);
        CHECK(given.why().status == kWrongUsage);
    }
    CHECK_FALSE(parse(std::vector<std::string>(kMaxWords + 1, "a")));
    CHECK(parse(std::vector<std::string>(kMaxWords, "a")));
}

TEST_CASE("numbers have bounds", "[key]") {
    for (const char* text : {"0", "11", "x", "", "-1", "99999999999999999999"}) {
        const auto given = parse({"--n", text});
        REQUIRE(given);
        CHECK_FALSE(given->number("n", 1, 10));
    }
    const auto none = parse({});
    REQUIRE(none);
    CHECK_FALSE((*none->number("n", 1, 10)).has_value());
}

TEST_CASE("the help names every option", "[key]") {
    const std::string help =
        help_of({"make", "OUT", "Makes.", {kRows[0], kRows[1]}, 1, 1, nullptr});
    for (const char* part : {"nacre-key make", "OUT", "Makes.", "--n N", "--fast", "--help"})
        CHECK(help.find(part) != std::string::npos);
}
