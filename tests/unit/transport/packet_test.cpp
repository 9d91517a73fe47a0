// PacketWriter and PacketReader joined: framing, lanes, epochs, limits.
#include "crypto/null_cipher.hpp"
#include "support/alloc_count.hpp"
#include "support/det_rng.hpp"
#include "transport/packet_reader.hpp"
#include "transport/packet_writer.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/wire/numbers.hpp>

#include <catch2/catch_all.hpp>

#include <array>

using namespace nacre;

namespace {

struct Link {
    Link() : rng(7), writer(frames, rng), buffer(slabs), reader(buffer, slabs) {}

    Frame packet(std::uint8_t number, std::size_t body, std::uint8_t fill = 0) {
        Frame frame = frames.take(1 + body);
        frame.append(1)[0] = number;
        if (body != 0) std::memset(frame.append(body).data(), fill, body);
        return frame;
    }
    Bytes wire() {
        Bytes bytes;
        std::array<ConstBuf, 8> slices{};
        while (const std::size_t n = writer.slices(slices)) {
            std::size_t total = 0;
            for (std::size_t i = 0; i < n; ++i) {
                append(bytes, {slices[i].data, slices[i].size});
                total += slices[i].size;
            }
            writer.consumed(total);
        }
        return bytes;
    }
    void receive(ByteView bytes) {
        const ByteSpan space = buffer.space(bytes.size());
        std::memcpy(space.data(), bytes.data(), bytes.size());
        buffer.commit(bytes.size());
    }
    /// Both directions of one cipher.
    void install(std::string_view cipher, std::string_view mac, bool reset = false) {
        const auto sizes = *botan_provider().key_sizes(cipher, mac);
        test::DetRng keys(3);
        const Bytes iv = keys.bytes(sizes.iv), key = keys.bytes(sizes.key),
                    mac_key = keys.bytes(sizes.mac_key);
        SendEpoch send;
        send.sealer = *botan_provider().sealer(cipher, mac, {iv, key, mac_key});
        writer.set_next(std::move(send), reset);
        writer.push_kex(packet(msg::newkeys, 0));
        receive(wire());
        const auto newkeys = reader.next();
        REQUIRE(newkeys);
        REQUIRE((*newkeys)->number == msg::newkeys);
        ReceiveEpoch receive_epoch;
        receive_epoch.opener = *botan_provider().opener(cipher, mac, {iv, key, mac_key});
        reader.install(std::move(receive_epoch), reset);
    }

    test::DetRng rng;
    FramePool frames;
    SlabPool pool;
    SlabShare slabs{pool};
    PacketWriter writer;
    ReceiveBuffer buffer;
    PacketReader reader;
};

}  // namespace

TEST_CASE("packets of every size come out as they went in", "[transport]") {
    const auto [cipher, mac] = GENERATE(table<std::string, std::string>({
        {"", ""},
        {"aes256-gcm@openssh.com", ""},
        {"chacha20-poly1305@openssh.com", ""},
        {"aes128-ctr", "hmac-sha2-256"},
        {"aes128-ctr", "umac-64-etm@openssh.com"},
        {"aes256-cbc", "hmac-sha1-96"},
        {"aes128-cbc", "hmac-md5-96-etm@openssh.com"},
        {"3des-cbc", "hmac-sha1"},
        {"3des-ctr", "hmac-ripemd160-etm@openssh.com"},
        {"arcfour", "hmac-md5"},
    }));
    Link link;
    if (!cipher.empty()) link.install(cipher, mac);
    for (std::size_t size = 0; size < 300; ++size) {
        link.writer.push(link.packet(msg::channel_data, size, static_cast<std::uint8_t>(size)),
                         Lane::ordered);
        link.receive(link.wire());
        const auto packet = link.reader.next();
        REQUIRE(packet);
        REQUIRE(*packet);
        REQUIRE((*packet)->number == msg::channel_data);
        REQUIRE((*packet)->body.bytes.size() == size);
        if (size != 0) REQUIRE((*packet)->body.bytes.back() == static_cast<std::uint8_t>(size));
        CHECK_FALSE(*link.reader.next());
        link.buffer.release_if_empty();
    }
}

TEST_CASE("every packet is aligned, padded and at least 16 bytes", "[transport]") {
    Link link;
    for (std::size_t size = 0; size < 100; ++size) {
        link.writer.push(link.packet(msg::ignore, size), Lane::ordered);
        const Bytes wire = link.wire();
        REQUIRE(wire.size() >= 16);
        REQUIRE(wire.size() % 8 == 0);
        REQUIRE(load_be32(wire.data()) + 4 == wire.size());
        REQUIRE(wire[4] >= 4);
    }
}

TEST_CASE("urgent packets overtake, and only key exchange leaves during one", "[transport]") {
    Link link;
    link.writer.push(link.packet(msg::channel_data, 1), Lane::ordered);
    link.writer.push(link.packet(msg::channel_window_adjust, 8), Lane::urgent);
    link.writer.push_kex(link.packet(msg::kexinit, 16));
    link.writer.push_kex(link.packet(msg::kex_first, 5));
    link.receive(link.wire());
    CHECK((*link.reader.next())->number == msg::kexinit);
    CHECK((*link.reader.next())->number == msg::kex_first);
    CHECK_FALSE(*link.reader.next());
    link.writer.set_next(SendEpoch{make_null_sealer(), {}, 0, 0}, false);
    link.writer.push_kex(link.packet(msg::newkeys, 0));
    link.receive(link.wire());
    CHECK((*link.reader.next())->number == msg::newkeys);
    CHECK((*link.reader.next())->number == msg::channel_window_adjust);
    CHECK((*link.reader.next())->number == msg::channel_data);
}

TEST_CASE("a reset of the sequence number takes effect behind NEWKEYS", "[transport]") {
    Link link;
    link.writer.push(link.packet(msg::ignore, 0), Lane::ordered);
    link.receive(link.wire());
    CHECK((*link.reader.next())->seq == 0);
    link.install("aes256-gcm@openssh.com", "", true);
    link.writer.push(link.packet(msg::ignore, 0), Lane::ordered);
    link.receive(link.wire());
    CHECK((*link.reader.next())->seq == 0);
}

TEST_CASE("lengths outside the limits end the reading with one error", "[transport]") {
    Link link;
    const auto length = GENERATE(as<std::uint32_t>{}, 0, 4, 11, 13, kMaxPacketBeforeKeys + 1,
                                 0x7fffffff, 0xffffffff);
    Bytes bytes(64);
    store_be32(bytes.data(), length);
    bytes[4] = 4;
    link.receive(bytes);
    const auto packet = link.reader.next();
    REQUIRE_FALSE(packet);
    CHECK(packet.error().code == Errc::peer_malformed);
}

TEST_CASE("padding outside the limits is refused", "[transport]") {
    Link link;
    const auto padding = GENERATE(as<std::uint8_t>{}, 0, 3, 11, 12, 255);
    Bytes bytes(16);
    store_be32(bytes.data(), 12);
    bytes[4] = padding;
    link.receive(bytes);
    CHECK_FALSE(link.reader.next());
}

TEST_CASE("ciphers that hide their errors swallow a fixed amount first", "[transport]") {
    const auto [cipher, mac] = GENERATE(table<std::string, std::string>({
        {"aes128-cbc", "hmac-sha2-256"},
        {"3des-cbc", "hmac-md5-96"},
    }));
    Link link;
    link.install(cipher, mac);
    // The length, and what only the MAC finds.
    const std::size_t at = GENERATE(as<std::size_t>{}, 0, 1, 40, 115);
    link.writer.push(link.packet(msg::ignore, 100), Lane::ordered);
    Bytes wire = link.wire();
    wire[at] ^= 0x80;
    link.receive(wire);
    auto packet = link.reader.next();
    REQUIRE(packet);
    CHECK_FALSE(*packet);
    std::size_t fed = wire.size();
    const Bytes more(64, 0x55);
    while (packet) {
        REQUIRE(fed < kDiscard);
        link.receive(more);
        fed += more.size();
        packet = link.reader.next();
    }
    // Whichever check failed, the same byte brings the error.
    CHECK(fed >= kDiscard);
    CHECK(fed < kDiscard + more.size());
    CHECK(packet.error().disconnect == Disconnect::mac_error);
}

namespace {

/// Says that packets have `length`, refuses them all, and counts what it works on.
struct RefusingOpener final : PacketOpener {
    RefusingOpener(std::uint32_t length, std::size_t& worked) : length_(length), worked_(worked) {}
    const CipherShape& shape() const noexcept override { return shape_; }
    std::uint32_t length(std::uint32_t, ByteView) noexcept override { return length_; }
    bool open(std::uint32_t, ByteSpan packet) noexcept override {
        worked_ += packet.size();
        return false;
    }
    void spend(std::size_t bytes) noexcept override { worked_ += bytes; }

    CipherShape shape_{.block = 16, .tag = 64, .length_needs = 16, .hide_errors = true};
    std::uint32_t length_;
    std::size_t& worked_;
};

}  // namespace

TEST_CASE("bytes read and work done do not tell which length a refused packet had", "[transport]") {
    // The last is a bad length, the one before it the longest that is none.
    const auto length = GENERATE(as<std::uint32_t>{}, 12, 28, 1004, 35004, kMaxPacketLength - 4,
                                 kMaxPacketLength + 12);
    Link link;
    std::size_t worked = 0;
    link.install("aes128-ctr", "hmac-sha2-256");
    ReceiveEpoch epoch;
    epoch.opener = std::make_unique<RefusingOpener>(length, worked);
    link.reader.install(std::move(epoch), false);
    link.receive(Bytes(kDiscard - 1));
    auto packet = link.reader.next();
    REQUIRE(packet);
    CHECK_FALSE(*packet);
    link.receive(Bytes(1));
    packet = link.reader.next();
    REQUIRE_FALSE(packet);
    CHECK(packet.error().disconnect == Disconnect::mac_error);
    CHECK(worked == kDiscard);
    CHECK_FALSE(link.reader.next());
    CHECK(worked == kDiscard);
}

TEST_CASE("no packet costs an allocation once the pools are warm", "[transport]") {
    const auto [cipher, mac] = GENERATE(table<std::string, std::string>({
        {"aes256-gcm@openssh.com", ""},
        {"chacha20-poly1305@openssh.com", ""},
        {"aes128-ctr", "umac-64-etm@openssh.com"},
    }));
    Link link;
    link.install(cipher, mac);
    std::array<ConstBuf, 8> slices{};
    const auto round = [&] {
        for (int i = 0; i < 4; ++i)
            link.writer.push(link.packet(msg::channel_data, 32768), Lane::ordered);
        const std::size_t n = link.writer.slices(slices);
        std::size_t total = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const ByteSpan space = link.buffer.space(slices[i].size);
            std::memcpy(space.data(), slices[i].data, slices[i].size);
            link.buffer.commit(slices[i].size);
            total += slices[i].size;
        }
        link.writer.consumed(total);
        for (int i = 0; i < 4; ++i) {
            const auto packet = link.reader.next();
            if (!packet || !*packet) return false;
        }
        link.buffer.release_if_empty();
        return true;
    };
    REQUIRE(round());
    REQUIRE(round());
    const test::AllocCount count;
    bool ok = true;
    for (int i = 0; i < 100; ++i) ok = ok && round();
    const std::size_t n = count.count();
    CHECK(ok);
    CHECK(n == 0);
}

TEST_CASE("a stopped writer sends nothing but what is pushed as last word", "[transport]") {
    Link link;
    link.writer.push(link.packet(msg::channel_data, 10), Lane::ordered);
    link.writer.stop();
    link.writer.push(link.packet(msg::channel_data, 10), Lane::ordered);
    link.writer.push_kex(link.packet(msg::disconnect, 12));
    link.receive(link.wire());
    CHECK((*link.reader.next())->number == msg::disconnect);
    CHECK_FALSE(*link.reader.next());
    CHECK(link.writer.empty());
}
