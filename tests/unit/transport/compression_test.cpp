#include "support/det_rng.hpp"

#include <nacre/transport/compression.hpp>

#include <catch2/catch_all.hpp>
#include <zlib.h>

#include <algorithm>

using namespace nacre;

namespace {

constexpr std::size_t kMaxPayload = 32768;

struct Pair {
    FramePool pool;
    Compressor compressor = std::move(*Compressor::create());
    Decompressor decompressor = std::move(*Decompressor::create());

    Bytes compress(ByteView payload) {
        Frame frame = pool.take(Compressor::bound(payload.size()));
        REQUIRE(compressor.compress(payload, frame));
        CHECK(frame.size() <= Compressor::bound(payload.size()));
        return to_bytes(frame.payload());
    }
};

/// zlib's own answer: one stream that holds `size` zeros, flushed.
Bytes zeros_compressed(std::size_t size) {
    const Bytes zeros(size);
    Bytes out(size / 100 + 1000);
    z_stream stream{};
    REQUIRE(deflateInit(&stream, 9) == Z_OK);
    stream.next_in = const_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_SYNC_FLUSH) == Z_OK);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("compression: each payload comes back at once", "[transport][compression]") {
    Pair pair;
    test::DetRng rng(11);
    INFO("seed " << rng.seed());
    Bytes out(kMaxPayload);
    for (std::size_t size = 1; size <= kMaxPayload; size = size * 3 / 2 + 1) {
        for (const bool random : {false, true}) {
            INFO("size " << size << " random " << random);
            const Bytes payload = random ? rng.bytes(size) : Bytes(size, 0x20);
            const auto got = pair.decompressor.decompress(pair.compress(payload), out);
            REQUIRE(got);
            CHECK(same_bytes(ByteView(out).first(*got), payload));
        }
    }
}

TEST_CASE("compression: a payload that was there before costs next to nothing",
          "[transport][compression]") {
    Pair pair;
    test::DetRng rng(12);
    const Bytes payload = rng.bytes(2000);
    CHECK(pair.compress(payload).size() > 2000);
    CHECK(pair.compress(payload).size() < 50);
}

TEST_CASE("compression: output fits exactly, or not at all", "[transport][compression]") {
    test::DetRng rng(13);
    const Bytes payload = rng.bytes(1000);
    const Bytes sealed = Pair().compress(payload);

    auto exact = std::move(*Decompressor::create());
    Bytes out(1000);
    const auto got = exact.decompress(sealed, out);
    REQUIRE(got);
    CHECK(*got == 1000);
    CHECK(out == payload);

    auto short_by_one = std::move(*Decompressor::create());
    const auto refused = short_by_one.decompress(sealed, ByteSpan(out).first(999));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::peer_limit);
    CHECK(refused.error().disconnect == Disconnect::compression_error);
}

TEST_CASE("compression: a bomb stops at the limit", "[transport][compression]") {
    const Bytes bomb = zeros_compressed(100 * 1000 * 1000);
    REQUIRE(bomb.size() < 100 * 1024);
    auto decompressor = std::move(*Decompressor::create());
    Bytes out(kMaxPayload + 16, 0xaa);
    const auto got = decompressor.decompress(bomb, ByteSpan(out).first(kMaxPayload));
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::peer_limit);
    CHECK(std::all_of(out.begin() + kMaxPayload, out.end(), [](auto b) { return b == 0xaa; }));
    CHECK_FALSE(decompressor.decompress(bomb, out));
}

TEST_CASE("compression: malformed streams are refused for good", "[transport][compression]") {
    Bytes out(kMaxPayload);
    auto garbage = std::move(*Decompressor::create());
    const auto got = garbage.decompress(Bytes(100, 0xff), out);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::peer_malformed);
    CHECK(got.error().disconnect == Disconnect::compression_error);

    const Bytes sealed = Pair().compress(Bytes(100, 0x61));
    CHECK_FALSE(garbage.decompress(sealed, out));

    // A finished stream cannot go on with the next packet.
    Bytes finished(200);
    uLongf size = finished.size();
    REQUIRE(::compress(finished.data(), &size, out.data(), 100) == Z_OK);
    finished.resize(size);
    auto ended = std::move(*Decompressor::create());
    CHECK_FALSE(ended.decompress(finished, out));
}

TEST_CASE("compression: too little room and no payload are errors", "[transport][compression]") {
    test::DetRng rng(14);
    FramePool pool;
    auto compressor = std::move(*Compressor::create());
    Frame small = pool.take(100);
    const Bytes payload = rng.bytes(5000);
    const auto refused = compressor.compress(payload, small);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::local_limit);
    Frame large = pool.take(kMaxPayload);
    CHECK_FALSE(compressor.compress(payload, large));

    auto other = std::move(*Compressor::create());
    CHECK_FALSE(other.compress({}, large));
    CHECK_FALSE(Compressor::create(0));
    CHECK_FALSE(Compressor::create(10));
}
