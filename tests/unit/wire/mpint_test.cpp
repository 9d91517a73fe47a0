#include "support/hex.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using test::from_hex;
using test::to_hex;

namespace {

std::string written(std::string_view magnitude) {
    Bytes out;
    const Bytes bytes = from_hex(magnitude);
    Writer(out).mpint(bytes);
    CHECK(mpint_size(bytes) == out.size() - 4);
    return to_hex(out);
}

Result<std::string> read(const Bytes& in) {
    Reader r(in);
    const auto magnitude = r.mpint();
    if (!r.done()) return malformed("mpint");
    return to_hex(magnitude);
}

}  // namespace

TEST_CASE("the examples of RFC 4251 s5") {
    CHECK(written("") == "00000000");
    CHECK(read(from_hex("00000000")).value().empty());
    CHECK(written("09a378f9b2e332a7") == "0000000809a378f9b2e332a7");
    CHECK(read(from_hex("00000008 09a378f9b2e332a7")).value() == "09a378f9b2e332a7");
    CHECK(written("80") == "000000020080");
    CHECK(read(from_hex("00000002 0080")).value() == "80");
    // -1234 and -deadbeef: no number of the protocol is negative.
    CHECK_FALSE(read(from_hex("00000002 edcc")));
    CHECK_FALSE(read(from_hex("00000005 ff21524111")));
}

TEST_CASE("leading zeros are dropped when writing") {
    CHECK(written("00") == "00000000");
    CHECK(written("000000") == "00000000");
    CHECK(written("0001") == "0000000101");
    CHECK(written("0000ff00") == "0000000300ff00");
    CHECK(written("7f") == "000000017f");
}

TEST_CASE("an mpint with a zero that is not needed is refused") {
    CHECK_FALSE(read(from_hex("00000001 00")));
    CHECK_FALSE(read(from_hex("00000002 0001")));
    CHECK_FALSE(read(from_hex("00000002 007f")));
    CHECK_FALSE(read(from_hex("00000003 000080")));
    CHECK_FALSE(read(from_hex("00000002 0000")));
    CHECK_FALSE(read(from_hex("00000002 ff")));
}

TEST_CASE("an mpint has at most 16,384 bits") {
    const auto encoded = [](std::uint8_t first, std::size_t size) {
        Bytes magnitude(size, 0x55);
        magnitude[0] = first;
        Bytes out;
        Writer(out).mpint(magnitude);
        return out;
    };
    CHECK(read(encoded(0xff, 2048)));
    CHECK(read(encoded(0x7f, 2048)));
    CHECK_FALSE(read(encoded(0x01, 2049)));
    CHECK_FALSE(read(encoded(0xff, 2049)));
}
