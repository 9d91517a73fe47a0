#include "nacre-sftpd/algorithm_list.hpp"

#include <catch2/catch_all.hpp>

#include <array>

namespace nacre::sftpd {
namespace {

using Names = std::vector<std::string>;

constexpr std::array<AlgorithmInfo, 4> kKnown{{
    {"one", true, false, false},
    {"two", true, false, false},
    {"two@x", true, false, false},
    {"weak", false, true, false},
}};

TEST_CASE("a list selects algorithms as OpenSSH's do") {
    const auto [list, names] = GENERATE(table<const char*, Names>({
        {"two,weak", {"two", "weak"}},
        {"+weak", {"one", "two", "two@x", "weak"}},
        {"+one", {"one", "two", "two@x"}},
        {"-two", {"one", "two@x"}},
        {"-two*", {"one"}},
        {"-nothing", {"one", "two", "two@x"}},
        {"^weak,two", {"weak", "two", "one", "two@x"}},
    }));
    CAPTURE(list);
    const auto selected = select_algorithms(list, kKnown);
    REQUIRE(std::get_if<Names>(&selected) != nullptr);
    CHECK(*std::get_if<Names>(&selected) == names);
}

TEST_CASE("a wrong list says why") {
    const auto* const list = GENERATE("", "three", "one,,two", "one,one", "-*", "+three", "+", "^");
    CAPTURE(list);
    const auto selected = select_algorithms(list, kKnown);
    REQUIRE(std::get_if<std::string>(&selected) != nullptr);
    CHECK_FALSE(std::get_if<std::string>(&selected)->empty());
}

}  // namespace
}  // namespace nacre::sftpd
