// What the data path promises: no allocation per packet, bounded memory, either side held back.
#include "support/alloc_count.hpp"
#include "support/deferring_filesystem.hpp"
#include "support/full_stack.hpp"
#include "support/sftp_stack.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

/// Moves what `from` has to send without allocating: straight from its slices into the peer's slab.
bool move_direct(SessionPair& pair, End& from, End& to) {
    std::array<ConstBuf, 64> slices{};
    bool moved = false;
    for (End* end : {&from, &to}) {
        if (!end->woken) continue;
        end->woken = false;
        moved = true;
        static_cast<void>(end->session->rx_commit(0, pair.now));
    }
    while (const std::size_t n = from.session->tx_slices(slices)) {
        std::size_t total = 0;
        for (std::size_t i = 0; i < n; ++i) {
            ByteView left{slices[i].data, slices[i].size};
            while (!left.empty()) {
                const ByteSpan space = to.session->rx_space(1);
                const std::size_t part = std::min(left.size(), space.size());
                std::memcpy(space.data(), left.data(), part);
                static_cast<void>(to.session->rx_commit(part, pair.now));
                left = left.subspan(part);
            }
            total += slices[i].size;
        }
        from.session->tx_consumed(total);
        moved = true;
    }
    return moved;
}

void run_direct(SessionPair& pair) {
    while (move_direct(pair, pair.client, pair.server) ||
           move_direct(pair, pair.server, pair.client)) {
    }
}

}  // namespace

TEST_CASE("a packet on a channel costs no allocation, up and down", "[session]") {
    const auto cipher =
        GENERATE(as<std::string>{}, "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com");
    FullStack stack;
    stack.client_config->algorithms.ciphers = {cipher};
    stack.collected->keep_data = false;
    REQUIRE(stack.start());
    stack.pair.run();
    REQUIRE(stack.collected->port != nullptr);
    const Bytes block = DetRng(5).bytes(256 * 1024);
    for (int i = 0; i < 3; ++i) {
        stack.collected->send(block);
        run_direct(stack.pair);
    }
    const std::size_t before = stack.collected->bytes;
    const AllocCount count;
    for (int i = 0; i < 20; ++i) {
        stack.collected->send(block);
        run_direct(stack.pair);
    }
    const std::size_t allocations = count.count();
    CHECK(stack.collected->bytes - before == 20 * block.size());
    CHECK(allocations == 0);
}

TEST_CASE("an idle session owns neither slabs nor frames", "[session]") {
    FullStack stack;
    if (GENERATE(false, true)) stack.client_config->algorithms.compression = {"zlib@openssh.com"};
    REQUIRE(stack.start());
    stack.pair.run();
    stack.collected->send(Bytes(100000, 1));
    stack.pair.run();
    CHECK(stack.pair.server.slabs.in_use() == 0);
    CHECK(stack.pair.server.frames.in_use() == 0);
    CHECK(stack.pair.client.slabs.in_use() == 0);
    CHECK(stack.pair.client.frames.in_use() == 0);
}

TEST_CASE("a session whose writes took their time owns no slab afterwards", "[session]") {
    const auto filesystem = std::make_shared<DeferringFilesystem>();
    SftpStack stack(filesystem);
    REQUIRE(stack.start());
    stack.pair.run();
    const auto handle = stack.open("/file");
    REQUIRE(handle);
    filesystem->gate().deferred = true;
    const Bytes block(32 * 1024, 7);
    std::array<Answered<void>, 20> written;
    for (std::size_t i = 0; i < written.size(); ++i)
        stack.sftp->write(*handle, i * block.size(), block, written[i].reply());
    stack.pair.client.woken = true;
    stack.pair.run();
    CHECK(stack.pair.server.slabs.in_use() != 0);
    // What they keep a part of can be received into.
    CHECK(stack.pair.server.session->rx_held() != 0);
    filesystem->gate().release_all();
    stack.pair.run();
    for (const auto& answer : written) CHECK(answer.here());
    CHECK(stack.pair.server.slabs.in_use() == 0);
}

TEST_CASE("a peer that does not read stops the reading, and both recover", "[session]") {
    FullStack stack;
    REQUIRE(stack.start());
    stack.pair.run();
    // Requests whose answers are not taken.
    SessionPair& pair = stack.pair;
    const std::uint8_t data[64] = {};
    std::size_t fed = 0;
    std::size_t most = 0;
    for (int i = 0; i < 20000 && pair.server.session->rx_wanted(); ++i) {
        stack.collected->port->request("keepalive@openssh.com", data, Reply<void>());
        const Bytes bytes = SessionPair::take(pair.client);
        pair.deliver(pair.server, bytes);
        fed += bytes.size();
        most = std::max(most, pair.server.frames.in_use());
    }
    CHECK(fed > 0);
    pair.run();
    CHECK(pair.server.session->rx_wanted());
    CHECK(most < 16 * 1024 * 1024);
    stack.collected->send(Bytes(1000, 7));
    pair.run();
    CHECK(stack.collected->data.size() == 1000);
}

TEST_CASE("tiny windows deliver everything", "[session]") {
    FullStack stack;
    stack.client_connection.initial_window = GENERATE(as<std::uint32_t>{}, 1000, 24576, 32768);
    stack.client_connection.max_window = stack.client_connection.initial_window;
    REQUIRE(stack.start());
    stack.pair.run();
    REQUIRE(stack.collected->port != nullptr);
    const Bytes sent = DetRng(6).bytes(261120);
    stack.collected->send(sent);
    stack.pair.run();
    CHECK(stack.collected->data == sent);
}

namespace {

/// A socket's worth of bytes in one direction.
struct Wire {
    static constexpr std::size_t kCapacity = 64 * 1024;
    Bytes bytes;

    bool take_from(End& from) {
        std::array<ConstBuf, 64> slices{};
        const std::size_t n = from.session->tx_slices(slices);
        std::size_t taken = 0;
        for (std::size_t i = 0; i < n && bytes.size() < kCapacity; ++i) {
            const std::size_t part = std::min(slices[i].size, kCapacity - bytes.size());
            append(bytes, {slices[i].data, part});
            taken += part;
            if (part < slices[i].size) break;
        }
        if (taken != 0) from.session->tx_consumed(taken);
        return taken != 0;
    }
    bool give_to(End& to, Instant now) {
        if (bytes.empty() || !to.session->rx_wanted()) return false;
        const ByteSpan space = to.session->rx_space(1);
        const std::size_t n = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), n);
        static_cast<void>(to.session->rx_commit(n, now));
        bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
        return true;
    }
};

}  // namespace

TEST_CASE("both ends may send bulk at once over sockets that hold little", "[session]") {
    FullStack stack;
    stack.collected->keep_data = false;
    REQUIRE(stack.start());
    stack.pair.run();
    REQUIRE(stack.collected->port != nullptr);
    // The echo makes as much come back; neither end may wait for the other to read first.
    const std::size_t total = 8 * 1024 * 1024;
    for (int i = 0; i < 8; ++i) stack.collected->send(Bytes(total / 8, 3));
    Wire up, down;
    SessionPair& pair = stack.pair;
    bool moved = true;
    while (moved) {
        moved = false;
        for (End* end : {&pair.client, &pair.server}) {
            if (!end->woken) continue;
            end->woken = false;
            static_cast<void>(end->session->rx_commit(0, pair.now));
            moved = true;
        }
        // Writers first, so that both directions are full before anybody reads.
        moved |= up.take_from(pair.client);
        moved |= down.take_from(pair.server);
        moved |= up.give_to(pair.server, pair.now);
        moved |= down.give_to(pair.client, pair.now);
    }
    CHECK(stack.collected->bytes == total);
}
