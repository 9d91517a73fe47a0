#include "support/alloc_count.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

std::string pattern(std::size_t n) {
    std::string text(n, '\0');
    for (std::size_t i = 0; i < n; ++i) text[i] = static_cast<char>(i * 7 + (i >> 8));
    return text;
}

/// A server with a file of `size` bytes open.
struct Reading {
    SftpServerHarness s;
    std::string a;
    std::string contents;

    explicit Reading(std::size_t size, sftp::ServerConfig config = {})
        : s(sftp::make_memory_filesystem(), config), contents(pattern(size)) {
        s.init();
        a = s.open("a", kRead | kWrite | kCreate);
        for (std::size_t at = 0; at < size; at += 200'000)
            s.status(sftp_write(1, a, at, contents.substr(at, 200'000)));
        s.port.packets.clear();
    }
    std::string part(std::size_t from, std::size_t n) { return contents.substr(from, n); }
};

}  // namespace

TEST_CASE("a read is answered in full up to the largest length", "[sftp][read]") {
    Reading t(600'000);
    CHECK(t.s.ask(sftp_read(1, t.a, 0, 1)).string() == t.part(0, 1));
    CHECK(t.s.ask(sftp_read(2, t.a, 5, 261'120)).string() == t.part(5, 261'120));
    CHECK(t.s.ask(sftp_read(3, t.a, 5, 261'121)).string() == t.part(5, 261'120));
    CHECK(t.s.ask(sftp_read(4, t.a, 5, 0xffff'ffff)).string() == t.part(5, 261'120));
}

TEST_CASE("a read is short at the end of the file and only there", "[sftp][read]") {
    Reading t(100'000);
    CHECK(t.s.ask(sftp_read(1, t.a, 99'000, 5000)).string() == t.part(99'000, 1000));
    CHECK(t.s.ask(sftp_read(2, t.a, 99'999, 32'768)).string() == t.part(99'999, 1));
    CHECK(t.s.status(sftp_read(3, t.a, 100'000, 1)) == 1);
    CHECK(t.s.status(sftp_read(4, t.a, 0x7fff'ffff'ffff'ffff, 1)) == 1);
    CHECK(t.s.status(sftp_read(5, t.a, 0x8000'0000'0000'0000, 1)) == 4);
    CHECK(t.s.status(sftp_read(6, t.a, 0xffff'ffff'ffff'ffff, 0xffff'ffff)) == 4);
    // As from OpenSSH.
    const auto nothing = t.s.ask(sftp_read(7, t.a, 100'000, 0));
    CHECK(nothing.type == 103);
    CHECK(nothing.string().empty());
}

TEST_CASE("packets are as the peer takes them, down to one byte", "[sftp][read]") {
    Reading t(50'000);
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{5}, std::size_t{12}, std::size_t{13}, std::size_t{14},
          std::size_t{100}, std::size_t{32'768}, std::size_t{40'000}}) {
        t.s.port.max_packet_size = size;
        t.s.port.packets.clear();
        CHECK(t.s.ask(sftp_read(1, t.a, 100, 33'000)).string() == t.part(100, 33'000));
        for (std::size_t i = 0; i + 1 < t.s.port.packets.size(); ++i)
            CHECK(t.s.port.packets[i] == size);
        CHECK(t.s.ask(sftp_read(2, t.a, 49'990, 33'000)).string() == t.part(49'990, 10));
        CHECK(t.s.ask(sftp_simple(17, 3, "/a")).type == 105);
    }
}

TEST_CASE("a read streams through a window of any size", "[sftp][read]") {
    for (const std::size_t window : {std::size_t{100}, std::size_t{24'576}, std::size_t{32'768}}) {
        Reading t(300'000);
        t.s.port.window = window;
        t.s.send(sftp_read(1, t.a, 7, 261'120));
        std::size_t grants = 0;
        while (t.s.port.backlog() != 0) {
            t.s.port.grant(window);
            ++grants;
        }
        CHECK(grants >= 261'120 / window);
        const auto replies = t.s.replies();
        REQUIRE(replies.size() == 1);
        CHECK(replies[0].string() == t.part(7, 261'120));
    }
}

TEST_CASE("reads wait while more output is queued than the budget", "[sftp][read]") {
    sftp::ServerConfig config;
    config.output_budget = 100'000;
    Reading t(300'000, config);
    const auto before = t.s.fed;
    t.s.port.window = 0;
    Bytes all;
    for (std::uint32_t i = 0; i < 20; ++i) append(all, sftp_read(i, t.a, i, 32'768));
    t.s.send(all);
    CHECK(t.s.port.backlog() < 100'000 + 33'000);
    CHECK(t.s.port.credited - before == 4 * all.size() / 20);
    t.s.port.grant(70'000);
    t.s.server->on_writable();
    CHECK(t.s.port.backlog() < 100'000 + 33'000);
    while (t.s.port.credited != t.s.fed) {
        t.s.port.grant(50'000);
        t.s.server->on_writable();
    }
    t.s.port.grant(1'000'000);
    CHECK(t.s.replies().size() == 20);
    CHECK(t.s.port.peak_backlog < 100'000 + 33'000);
}

TEST_CASE("a client that reads no replies is not worked for", "[sftp][read]") {
    sftp::ServerConfig config;
    config.output_budget = 10'000;
    Reading t(10, config);
    t.s.port.window = 0;
    Bytes all;
    for (std::uint32_t i = 0; i < 5000; ++i) append(all, sftp_simple(17, i, "/a"));
    t.s.send(all);
    CHECK(t.s.port.peak_backlog < 30'000);
    CHECK(t.s.port.credited < t.s.fed);
    t.s.port.window = ChannelPortSpy::kUnlimited;
    while (t.s.port.credited != t.s.fed) {
        t.s.port.grant(0);
        t.s.server->on_writable();
    }
    CHECK(t.s.replies().size() == 5000);
}

TEST_CASE("a handle not open for reading is not read", "[sftp][read]") {
    Reading t(10);
    const auto w = t.s.open("a", kWrite);
    CHECK(t.s.status(sftp_read(1, w, 0, 1)) == 3);
}

TEST_CASE("without memory for frames the channel ends in order", "[sftp][read]") {
    Reading t(10);
    t.s.port.out_of_memory = true;
    t.s.send(sftp_read(1, t.a, 0, 10));
    CHECK(t.s.port.events == std::vector<std::string>{"exit-status 1", "eof", "close"});
    REQUIRE(t.s.observer->ends.size() == 1);
    CHECK(t.s.observer->ends[0].code == Errc::out_of_memory);
}

TEST_CASE("reads and writes allocate nothing once warm", "[sftp][read][alloc]") {
    Reading t(300'000);
    t.s.port.record = false;
    const Bytes read = sftp_read(1, t.a, 7, 32'768);
    const Bytes write = sftp_write(2, t.a, 64, std::string(32'768, 'w'));
    Bytes batch;
    for (int i = 0; i < 8; ++i) append(batch, i % 2 == 0 ? read : write);
    SlabRef slab = t.s.slabs.take();
    std::memcpy(slab.memory().data(), batch.data(), batch.size());
    const auto round = [&] {
        // In pieces of a packet, as a channel would.
        for (std::size_t at = 0; at < batch.size(); at += 32'768)
            t.s.server->on_data(
                {slab.memory().subspan(at, std::min<std::size_t>(32'768, batch.size() - at)),
                 slab});
        t.s.server->on_batch_end();
    };
    for (int i = 0; i < 3; ++i) round();
    const AllocCount count;
    for (int i = 0; i < 100; ++i) round();
    const std::size_t allocated = count.count();
    CHECK(allocated == 0);
    CHECK(t.s.port.bytes_submitted > 100 * 4 * 32'768);
}
