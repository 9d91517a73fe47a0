#include "sftp/framing.hpp"

#include "support/hex.hpp"
#include "support/sftp_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using namespace nacre::test;

namespace {

constexpr std::size_t kLimit = 262'144;

template <class Pool>
Payload piece(Pool& pool, ByteView bytes) {
    SlabRef slab = pool.take();
    std::memcpy(slab.memory().data(), bytes.data(), bytes.size());
    return {slab.memory().first(bytes.size()), slab};
}

std::string data_of(const Message& message) {
    std::string all;
    for (const auto& p : message.data) all += as_text(p.bytes);
    return all;
}

}  // namespace

TEST_CASE("messages come out whole wherever the pieces are cut", "[sftp][framing]") {
    Bytes stream;
    append(stream, sftp_init());
    append(stream, sftp_write(1, "handle", 5, "hello world"));
    append(stream, sftp_message(6, 2,
                                SftpFields() << "h" << std::uint64_t{0} << "x"
                                             << "rest"));
    append(stream, sftp_simple(17, 3, "/path"));
    append(stream, sftp_write(4, "handle", 5, ""));
    SlabPool pool;
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (const std::size_t second : {first, (first + stream.size()) / 2, stream.size()}) {
            Framing framing(kLimit);
            std::vector<std::string> got;
            std::size_t wire = 0;
            Message message;
            const auto take = [&](ByteView part) {
                framing.push(piece(pool, part));
                while (framing.next(message).value()) {
                    got.push_back(to_hex(message.bytes) + "|" + data_of(message));
                    wire += message.wire_bytes;
                }
            };
            take(ByteView(stream).first(first));
            take(ByteView(stream).subspan(first, second - first));
            take(ByteView(stream).subspan(second));
            CHECK(got ==
                  std::vector<std::string>{
                      "0100000003|",
                      to_hex(from_hex("06 00000001 00000006 'handle' 0000000000000005 "
                                      "0000000b")) +
                          "|hello world",
                      to_hex(from_hex("06 00000002 00000001 'h' 0000000000000000 00000001")) + "|x",
                      to_hex(from_hex("11 00000003 00000005 '/path'")) + "|",
                      to_hex(from_hex("06 00000004 00000006 'handle' 0000000000000005 "
                                      "00000000")) +
                          "|"});
            CHECK(wire == stream.size());
            CHECK_FALSE(framing.inside_message());
        }
    }
    CHECK(pool.in_use() == 0);
}

TEST_CASE("the data of a write stays where it was received", "[sftp][framing]") {
    SlabPool pool;
    Framing framing(kLimit);
    Message message;
    const Bytes request = sftp_write(1, "h", 0, std::string(1000, 'd'));
    auto first = piece(pool, ByteView(request).first(500));
    auto second = piece(pool, ByteView(request).subspan(500));
    const auto* begin = first.bytes.data();
    const auto* rest = second.bytes.data();
    framing.push(std::move(first));
    CHECK_FALSE(framing.next(message).value());
    CHECK(framing.inside_message());
    framing.push(std::move(second));
    REQUIRE(framing.next(message).value());
    REQUIRE(message.data.size() == 2);
    CHECK(message.data[0].bytes.data() == begin + (request.size() - 1000));
    CHECK(message.data[1].bytes.data() == rest);
    CHECK(pool.in_use() == 2);
    message.clear();
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a write that makes no sense is kept whole for the codec", "[sftp][framing]") {
    SlabPool pool;
    for (const auto& fields :
         {SftpFields() << std::string(257, 'h') << std::uint64_t{0} << "x",
          SftpFields() << "h" << std::uint64_t{0} << std::uint32_t{2} << Bytes{1},
          SftpFields() << std::uint32_t{100} << std::uint64_t{0} << std::uint32_t{0}}) {
        Framing framing(kLimit);
        Message message;
        const Bytes request = sftp_message(6, 1, fields);
        framing.push(piece(pool, request));
        REQUIRE(framing.next(message).value());
        CHECK_FALSE(message.data_apart);
        CHECK(message.bytes.size() == request.size() - 4);
    }
}

TEST_CASE("lengths out of range end the stream as soon as they are known", "[sftp][framing]") {
    SlabPool pool;
    const auto error = [&](std::string_view notation) {
        Framing framing(kLimit);
        Message message;
        framing.push(piece(pool, from_hex(notation)));
        const auto got = framing.next(message);
        return got ? Errc{} : got.error().code;
    };
    CHECK(error("00040000") == Errc{});
    CHECK(error("00040001") == Errc::peer_limit);
    CHECK(error("ffffffff") == Errc::peer_limit);
    CHECK(error("00000000") == Errc::peer_malformed);
    CHECK(error("00000004 04 000000") == Errc::peer_malformed);
    CHECK(error("00000005 04") == Errc{});
}

TEST_CASE("clear says how much was waiting", "[sftp][framing]") {
    SlabPool pool;
    Framing framing(kLimit);
    Message message;
    framing.push(piece(pool, sftp_init()));
    framing.push(piece(pool, sftp_init()));
    REQUIRE(framing.next(message).value());
    CHECK(framing.clear() == 9);
    CHECK(framing.clear() == 0);
    CHECK(pool.in_use() == 0);
}

TEST_CASE("what waits over a batch does not pin a slab for each byte", "[sftp][framing]") {
    SlabPool pool;
    Framing framing(kLimit);
    Message message;
    const std::string data(1000, 'x');
    const Bytes stream = sftp_write(1, "handle", 0, data);
    SECTION("behind what was asked for") {
        framing.push(piece(pool, ByteView(stream).first(3)));
        for (std::size_t i = 3; i < stream.size(); ++i) {
            framing.push(piece(pool, ByteView(stream).subspan(i, 1)));
            framing.settle(nullptr);
            REQUIRE(pool.in_use() == 0);
        }
        REQUIRE(*framing.next(message));
    }
    SECTION("in a WRITE that is not complete") {
        for (std::size_t i = 0; i < stream.size(); ++i) {
            framing.push(piece(pool, ByteView(stream).subspan(i, 1)));
            REQUIRE(*framing.next(message) == (i + 1 == stream.size()));
            framing.settle(&message);
            REQUIRE(pool.in_use() == 0);
        }
    }
    CHECK(data_of(message) == data);
    CHECK(message.data.size() < 4);
}

TEST_CASE("large pieces stay where they are, unless they lie thinly", "[sftp][framing]") {
    SlabPool pool;
    Framing framing(kLimit);
    Message message;
    constexpr std::size_t kPiece = 10'000;
    const std::string data(24 * kPiece, 'x');
    const Bytes stream = sftp_write(1, "handle", 0, data);
    const std::size_t head = stream.size() - data.size();
    framing.push(piece(pool, ByteView(stream).first(head)));
    REQUIRE_FALSE(*framing.next(message));
    for (std::size_t i = 0; i < 24; ++i) {
        framing.push(piece(pool, ByteView(stream).subspan(head + i * kPiece, kPiece)));
        const bool complete = *framing.next(message);
        REQUIRE(complete == (i == 23));
        framing.settle(&message);
        REQUIRE(pool.in_use() <= Compactor::kSpareSlabs + 2);
        if (i < 4) REQUIRE(pool.in_use() == i + 1);
    }
    CHECK(data_of(message) == data);
}

TEST_CASE("what waits for the rest of its message is no reason not to read on", "[sftp][framing]") {
    // The beginnings of ten messages, each of which lies as thinly as it may where memory abounds.
    constexpr std::size_t kLimit4 = 4 * 1024 * 1024, kPiece = 10'000;
    SlabPool pool;
    SlabShare share(pool, kLimit4);
    const std::string data(24 * kPiece, 'x');
    const Bytes stream = sftp_write(1, "handle", 0, data);
    const std::size_t head = stream.size() - data.size();
    struct Channel {
        Framing framing{kLimit};
        Message message;
    };
    std::vector<Channel> channels(10);
    for (auto& [framing, message] : channels) {
        framing.push(piece(share, ByteView(stream).first(head)));
        REQUIRE_FALSE(*framing.next(message));
        framing.settle(&message);
    }
    for (std::size_t i = 0; i < 24; ++i) {
        for (auto& [framing, message] : channels) {
            framing.push(piece(share, ByteView(stream).subspan(head + i * kPiece, kPiece)));
            const bool complete = *framing.next(message);
            REQUIRE(complete == (i == 23));
            framing.settle(&message);
            REQUIRE_FALSE(share.over());
        }
    }
    for (const auto& channel : channels) CHECK(data_of(channel.message) == data);
}
