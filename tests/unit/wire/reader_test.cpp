#include "support/hex.hpp"

#include <nacre/wire/reader.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using test::from_hex;
using test::to_hex;

TEST_CASE("the primitive types are read in order") {
    const Bytes in = from_hex(
        "07 00 01 ff 29b7f4aa 0102030405060708 00000007 'testing' 00000000 aabb 00000003 'abc' 99");
    Reader r(in);
    CHECK(r.remaining() == in.size());
    CHECK(r.u8() == 7);
    CHECK_FALSE(r.boolean());
    CHECK(r.boolean());
    CHECK(r.boolean());
    CHECK(r.u32() == 699921578);  // RFC 4251 s5
    CHECK(r.u64() == 0x0102030405060708);
    CHECK(r.text() == "testing");
    CHECK(r.string().empty());
    CHECK(to_hex(r.bytes(2)) == "aabb");
    const ByteView borrowed = r.string();
    CHECK(borrowed.data() == in.data() + in.size() - 4);
    CHECK(r.ok());
    CHECK_FALSE(r.done());
    CHECK(to_hex(r.rest()) == "99");
    CHECK(r.done());
    CHECK(r.rest().empty());
    CHECK(r.done());
}

TEST_CASE("after the first fault all is empty and stays so") {
    const Bytes in = from_hex("00000005 'abcd'");
    Reader r(in);
    CHECK(r.string().empty());
    CHECK_FALSE(r.ok());
    CHECK(r.remaining() == 0);
    CHECK(r.u8() == 0);
    CHECK(r.u64() == 0);
    CHECK_FALSE(r.boolean());
    CHECK(r.string().empty());
    CHECK(r.mpint().empty());
    CHECK(r.rest().empty());
    CHECK(r.count(1) == 0);
    CHECK(r.bytes(0).empty());
    CHECK_FALSE(r.ok());
    CHECK_FALSE(r.done());
}

TEST_CASE("a string may not be longer than what is left") {
    for (const char* notation : {"00000005 'abcd'", "ffffffff 'abcd'", "80000000", "000000"}) {
        const Bytes in = from_hex(notation);
        Reader r(in);
        CHECK(r.string().empty());
        CHECK_FALSE(r.ok());
    }
    const Bytes exact = from_hex("00000004 'abcd'");
    Reader r(exact);
    CHECK(r.text() == "abcd");
    CHECK(r.done());
}

TEST_CASE("a count is bounded by the bytes that are left") {
    const Bytes in = from_hex("00000003 0000 0000 0000");
    CHECK(Reader(in).count(2) == 3);
    CHECK(Reader(in).count(1) == 3);
    Reader too_many(in);
    CHECK(too_many.count(3) == 0);
    CHECK_FALSE(too_many.ok());
    const Bytes huge = from_hex("ffffffff 00000000");
    Reader r(huge);
    CHECK(r.count(1) == 0);
    CHECK_FALSE(r.ok());
    const Bytes none = from_hex("00000000");
    Reader zero(none);
    CHECK(zero.count(8) == 0);
    CHECK(zero.done());
}

TEST_CASE("fail() makes the reader's own check count") {
    const Bytes in = from_hex("0102");
    Reader r(in);
    r.fail();
    CHECK(r.u8() == 0);
    CHECK_FALSE(r.done());
}
