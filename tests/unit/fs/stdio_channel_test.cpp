// A channel over pipes and sockets: order, limits in both directions, every way to end.
#include "support/det_rng.hpp"

#include <nacre/fs/stdio_channel.hpp>

#include <catch2/catch_all.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <optional>

using namespace nacre;
using namespace nacre::test;

namespace {

/// Records; credits at once unless told otherwise.
class Sink final : public ChannelSink {
  public:
    void on_open(ChannelPort& opened) override { port = &opened; }
    void on_data(Payload payload) override {
        append(data, payload.bytes);
        if (credit) port->credit(payload.bytes.size());
        if (echo) send(payload.bytes);
    }
    void on_extended(std::uint32_t, Payload) override {}
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(false); }
    void on_eof() override {
        ++eofs;
        if (end_on_eof) {
            port->exit_status(7);
            port->eof();
            port->close();
        }
    }
    void on_writable() override { ++writable; }
    void on_batch_end() override { ++batches; }
    std::optional<Instant> deadline() const noexcept override { return due; }
    void on_deadline(Instant) override {
        ++deadlines;
        due.reset();
    }
    void on_close(CloseReason why) noexcept override { closed = why; }

    void send(ByteView bytes) {
        FrameList frames = port->frames(bytes.size());
        const std::uint8_t* from = bytes.data();
        frames.for_each([&](ByteSpan to) {
            std::memcpy(to.data(), from, to.size());
            from += to.size();
        });
        port->submit(std::move(frames));
    }

    ChannelPort* port = nullptr;
    Bytes data;
    bool credit = true, echo = false, end_on_eof = true;
    int eofs = 0, writable = 0, batches = 0, deadlines = 0;
    std::optional<Instant> due;
    std::optional<CloseReason> closed;
};

/// Two pipes; the test holds the far ends, which do not block.
struct Pipes {
    Pipes() {
        std::signal(SIGPIPE, SIG_IGN);
        int up[2], down[2];
        REQUIRE(::pipe(up) == 0);
        REQUIRE(::pipe(down) == 0);
        to_channel = up[1];
        from_channel = down[0];
        static_cast<void>(::fcntl(to_channel, F_SETFL, O_NONBLOCK));
        static_cast<void>(::fcntl(from_channel, F_SETFL, O_NONBLOCK));
        channel.emplace(up[0], down[1]);
        channel->open(sink);
    }
    ~Pipes() {
        end_input();
        end_output();
    }
    void end_input() {
        if (to_channel >= 0) ::close(std::exchange(to_channel, -1));
    }
    void end_output() {
        if (from_channel >= 0) ::close(std::exchange(from_channel, -1));
    }
    /// How many bytes the pipe took.
    std::size_t write(ByteView bytes) {
        const ssize_t n = ::write(to_channel, bytes.data(), bytes.size());
        return n < 0 ? 0 : static_cast<std::size_t>(n);
    }
    /// Everything that is in the pipe now; nullopt at its end.
    std::optional<Bytes> read() {
        Bytes got(1 << 20);
        const ssize_t n = ::read(from_channel, got.data(), got.size());
        if (n == 0) return std::nullopt;
        got.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
        return got;
    }

    int to_channel, from_channel;
    Sink sink;
    std::optional<fs::StdioChannel> channel;
};

}  // namespace

TEST_CASE("what goes in comes out again, in order", "[fs]") {
    Pipes p;
    p.sink.echo = true;
    const Bytes sent = DetRng(5).bytes(3'000'000);
    Bytes got;
    std::size_t written = 0;
    while (got.size() < sent.size()) {
        if (written < sent.size()) written += p.write(ByteView(sent).subspan(written));
        REQUIRE(p.channel->turn(0));
        if (auto some = p.read()) append(got, *some);
    }
    CHECK((got == sent));
    CHECK((p.sink.data == sent));
    CHECK(p.sink.batches > 0);
    CHECK(p.channel->backlog() == 0);
}

TEST_CASE("end of input, then status, output and end of output", "[fs]") {
    Pipes p;
    p.sink.send(as_bytes("last words"));
    p.end_input();
    while (p.channel->turn(0)) {
    }
    CHECK(p.sink.eofs == 1);
    CHECK(p.sink.closed == CloseReason::eof);
    CHECK(p.channel->exit_code() == 7);
    CHECK(as_text(*p.read()) == "last words");
    CHECK_FALSE(p.read().has_value());
    CHECK_FALSE(p.channel->turn(0));
}

TEST_CASE("a user that closes first still gets its output out", "[fs]") {
    Pipes p;
    const Bytes sent = DetRng(6).bytes(500'000);
    p.sink.send(sent);
    p.sink.port->close();
    Bytes got;
    while (p.channel->turn(0))
        if (auto some = p.read()) append(got, *some);
    while (auto some = p.read()) {
        if (some->empty()) break;
        append(got, *some);
    }
    CHECK((got == sent));
    CHECK(p.sink.closed == CloseReason::by_us);
    CHECK(p.channel->exit_code() == 1);
}

TEST_CASE("nothing is read above the window until credit comes", "[fs]") {
    Pipes p;
    p.sink.credit = false;
    const Bytes some = DetRng(7).bytes(64 * 1024);
    for (int i = 0; i < 100; ++i) {
        p.write(some);
        REQUIRE(p.channel->turn(0));
    }
    CHECK(p.sink.data.size() == fs::StdioChannel::kWindow);
    p.sink.port->credit(10'000);
    REQUIRE(p.channel->turn(0));
    CHECK(p.sink.data.size() == fs::StdioChannel::kWindow + 10'000);
}

TEST_CASE("output waits for a slow reader, and its end is told", "[fs]") {
    Pipes p;
    p.sink.send(Bytes(4'000'000));
    REQUIRE(p.channel->turn(0));
    CHECK(p.channel->backlog() > 3'000'000);
    CHECK(p.channel->backlog() < 4'000'000);
    CHECK(p.sink.writable == 0);
    std::size_t got = 0;
    while (got < 4'000'000) {
        REQUIRE(p.channel->turn(0));
        got += p.read()->size();
    }
    CHECK(p.sink.writable > 0);
    CHECK(p.channel->backlog() == 0);
}

TEST_CASE("a reader that is gone is a write error", "[fs]") {
    Pipes p;
    p.end_output();
    p.sink.send(as_bytes("to nobody"));
    while (p.channel->turn(0)) {
    }
    CHECK(p.sink.closed == CloseReason::write_error);
    CHECK(p.channel->backlog() == 0);
}

TEST_CASE("deadlines are kept", "[fs]") {
    Pipes p;
    p.sink.due = std::chrono::steady_clock::now();
    REQUIRE(p.channel->turn(-1));
    CHECK(p.sink.deadlines == 1);
}

TEST_CASE("one socket for both directions", "[fs]") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    Sink sink;
    fs::StdioChannel channel(ends[0], ends[0]);
    channel.open(sink);
    REQUIRE(::write(ends[1], "hello", 5) == 5);
    REQUIRE(channel.turn(-1));
    CHECK(as_text(sink.data) == "hello");
    sink.send(as_bytes("bye"));
    REQUIRE(::shutdown(ends[1], SHUT_WR) == 0);
    while (channel.turn(-1)) {
    }
    char got[8];
    CHECK(::read(ends[1], got, sizeof got) == 3);
    CHECK(::read(ends[1], got, sizeof got) == 0);
    CHECK(sink.closed == CloseReason::eof);
    ::close(ends[1]);
}

TEST_CASE("a shared descriptor gets its flags back", "[fs]") {
    int up[2], down[2];
    REQUIRE(::pipe(up) == 0);
    REQUIRE(::pipe(down) == 0);
    const int shared = ::dup(down[1]);
    {
        fs::StdioChannel channel(up[0], down[1]);
        CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) != 0);
    }
    CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) == 0);
    for (const int fd : {up[1], down[0], shared}) ::close(fd);
}
