#include "support/alloc_count.hpp"
#include "support/hex.hpp"

#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using test::to_hex;

namespace {

template <class Sink>
void write_all(Sink& sink) {
    Writer(sink)
        .u8(7)
        .boolean(true)
        .boolean(false)
        .u32(699921578)
        .u64(0x0102030405060708)
        .string("testing")
        .string(ByteView{})
        .mpint(Bytes{0x80})
        .bytes(Bytes{0xaa, 0xbb});
}

constexpr const char* kAll =
    "07010029b7f4aa01020304050607080000000774657374696e670000000000000002"
    "0080aabb";

}  // namespace

TEST_CASE("the primitive types are written behind what is there") {
    SECTION("bytes") {
        Bytes out{0xee};
        write_all(out);
        CHECK(to_hex(out) == std::string("ee") + kAll);
    }
    SECTION("secret buffer") {
        SecretBuffer out;
        Writer(out).u8(0xee);
        write_all(out);
        CHECK(to_hex(out) == std::string("ee") + kAll);
    }
    SECTION("frame") {
        FramePool pool;
        Frame out = pool.take(100);
        Writer(out).u8(0xee);
        write_all(out);
        CHECK(to_hex(out.payload()) == std::string("ee") + kAll);
    }
}

TEST_CASE("writing into a frame allocates nothing") {
    FramePool pool;
    Frame out = pool.take(100);
    const Bytes data{1, 2, 3};
    const test::AllocCount count;
    Writer(out).u8(1).u32(2).u64(3).string("text").mpint(data).bytes(data);
    const std::size_t allocated = count.count();
    CHECK(allocated == 0);
}
