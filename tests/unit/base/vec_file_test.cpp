#include "support/vec_file.hpp"

#include <catch2/catch_all.hpp>

#include <sstream>

using namespace nacre::test;

TEST_CASE("a file of vectors is blocks of keys") {
    std::istringstream in(
        "# From: somewhere\n"
        "\n"
        "name = first one\n"
        "# inside a block\n"
        "key=00ff\r\n"
        "empty =\n"
        "\n\n"
        "key = 'text' 01\n"
        "count = 12\n");
    const auto blocks = parse_vec(in);
    REQUIRE(blocks.size() == 2);
    CHECK(blocks[0].line() == 3);
    CHECK(blocks[0].text("name") == "first one");
    CHECK(blocks[0].bytes("key") == nacre::Bytes{0x00, 0xff});
    CHECK(blocks[0].bytes("empty").empty());
    CHECK(blocks[1].line() == 9);
    CHECK(to_hex(blocks[1].bytes("key")) == "7465787401");
    CHECK(blocks[1].number("count") == 12);
    CHECK(blocks[1].has("key"));
    CHECK_FALSE(blocks[1].has("name"));
    CHECK_THROWS_AS(blocks[1].bytes("name"), std::out_of_range);
}

TEST_CASE("a broken file of vectors is not taken for an empty one") {
    std::istringstream no_equals("key 00\n");
    CHECK_THROWS_AS(parse_vec(no_equals), std::invalid_argument);
    std::istringstream twice("key = 00\nkey = 01\n");
    CHECK_THROWS_AS(parse_vec(twice), std::invalid_argument);
    CHECK_THROWS_AS(load_vec("no-such-file.vec"), std::runtime_error);
}
