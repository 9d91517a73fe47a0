#include "support/hex.hpp"

#include <nacre/base/bytes.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using test::from_hex;
using test::to_hex;

TEST_CASE("integers are stored big-endian") {
    std::uint8_t b[8];
    store_be32(b, 0x01020384);
    CHECK(to_hex({b, 4}) == "01020384");
    CHECK(load_be32(b) == 0x01020384);
    store_be64(b, 0xf102030405060788);
    CHECK(to_hex(b) == "f102030405060788");
    CHECK(load_be64(b) == 0xf102030405060788);
}

TEST_CASE("text and bytes are views of each other") {
    const std::string_view text = "ab\xff";
    CHECK(to_hex(as_bytes(text)) == "6162ff");
    CHECK(as_text(as_bytes(text)) == text);
    CHECK(as_text({}).empty());
}

TEST_CASE("same_bytes compares lengths and contents") {
    const Bytes a{1, 2, 3};
    CHECK(same_bytes(a, Bytes{1, 2, 3}));
    CHECK_FALSE(same_bytes(a, Bytes{1, 2}));
    CHECK_FALSE(same_bytes(a, Bytes{1, 2, 4}));
    CHECK(same_bytes({}, {}));
    CHECK_FALSE(same_bytes({}, a));
}

TEST_CASE("append copies behind") {
    Bytes a{1};
    append(a, Bytes{2, 3});
    append(a, {});
    CHECK(a == Bytes{1, 2, 3});
    CHECK(to_bytes(a) == a);
}

TEST_CASE("the notation of vectors") {
    CHECK(from_hex("") == Bytes{});
    CHECK(from_hex(" 00fF\n'a b' 10") == Bytes{0, 255, 'a', ' ', 'b', 16});
    CHECK_THROWS_AS(from_hex("0"), std::invalid_argument);
    CHECK_THROWS_AS(from_hex("0g"), std::invalid_argument);
    CHECK_THROWS_AS(from_hex("'open"), std::invalid_argument);
}
