// An input is a byte of settings and then records, each a byte of what to do, a length of two bytes
// and so many bytes: a message without its length field, or channel data as it is. The server
// stands on a tree in memory; its handles are the same in every run.
#include "fuzz.hpp"
#include "support/channel_port_spy.hpp"

#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/server.hpp>

namespace {

using namespace nacre;

struct FixedRng final : Rng {
    void fill(ByteSpan out) noexcept override { std::fill(out.begin(), out.end(), 0x5a); }
};

constexpr std::size_t kTreeBytes = 1024 * 1024;
constexpr std::uint32_t kTreeNodes = 64;

enum Settings : unsigned { kInit = 1, kReadOnly = 2, kSmallWindow = 4, kTinyPackets = 8 };
enum Record : unsigned { kRaw = 1, kEndBatch = 2, kGrant = 4, kTwoPieces = 8 };

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput in(data, size);
    const unsigned settings = in.u8();
    FixedRng random;
    sftp::ServerConfig config;
    config.random = &random;
    config.now = [] { return std::int64_t{0}; };
    config.read_only = (settings & kReadOnly) != 0;
    config.max_handles = 8;
    config.max_requests = 16;
    config.output_budget = 64 * 1024;

    // Kept: making slabs would take most of the time.
    static SlabPool slabs;
    test::ChannelPortSpy port;
    if ((settings & kSmallWindow) != 0) port.window = 0;
    if ((settings & kTinyPackets) != 0) port.max_packet_size = 7;
    auto server = sftp::make_server(
        sftp::make_memory_filesystem({kTreeBytes, kTreeNodes, 0, 0, nullptr}), config);
    server->on_open(port);
    std::size_t fed = 0;
    const auto feed = [&](ByteView bytes) {
        if (bytes.empty()) return;
        SlabRef slab = slabs.take(bytes.size());
        std::memcpy(slab.memory().data(), bytes.data(), bytes.size());
        fed += bytes.size();
        server->on_data({slab.memory().first(bytes.size()), std::move(slab)});
    };

    if ((settings & kInit) != 0) feed(Bytes{0, 0, 0, 5, 1, 0, 0, 0, 3});
    while (!in.empty()) {
        const unsigned what = in.u8();
        const std::size_t length = in.u16();
        const ByteView body = in.bytes(length);
        Bytes bytes;
        if ((what & kRaw) == 0) {
            bytes.resize(4);
            store_be32(bytes.data(), static_cast<std::uint32_t>(body.size()));
        }
        append(bytes, body);
        const std::size_t cut = (what & kTwoPieces) != 0 ? bytes.size() / 2 : 0;
        feed(ByteView(bytes).first(cut));
        feed(ByteView(bytes).subspan(cut));
        if ((what & kEndBatch) != 0) server->on_batch_end();
        if ((what & kGrant) != 0 && port.window != test::ChannelPortSpy::kUnlimited) {
            port.grant(4096);
            server->on_writable();
        }
    }
    server->on_batch_end();
    server->on_eof();
    // A reader that takes everything gets everything, and the end.
    port.window = test::ChannelPortSpy::kUnlimited;
    // Also what waited when the server was done already.
    port.grant(0);
    for (std::size_t i = 0; i <= fed && !port.closed; ++i) {
        port.grant(0);
        server->on_writable();
    }
    NACRE_FUZZ_CHECK(port.closed && port.eof_sent && port.status.has_value());
    NACRE_FUZZ_CHECK(*port.status != 0 || port.credited == fed);
    NACRE_FUZZ_CHECK(port.peak_backlog < 64 * 1024 + 262'144 + 64 * 1024);

    // Whole messages and nothing else came out.
    ByteView out(port.sent);
    while (!out.empty()) {
        NACRE_FUZZ_CHECK(out.size() > 4 && load_be32(out.data()) <= out.size() - 4);
        out = out.subspan(4 + load_be32(out.data()));
    }
    server->on_close(CloseReason::by_us);
    server.reset();
    NACRE_FUZZ_CHECK(slabs.in_use() == 0);
    return 0;
}
