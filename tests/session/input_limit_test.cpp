// What a session may hold of what it receives (TransportConfig::input_limit).
#include "support/full_stack.hpp"

#include <catch2/catch_all.hpp>

#include <deque>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kLimit = 4 * kMiB;
constexpr std::size_t kTotal = 16 * kMiB;

struct Kept {
    std::deque<Payload> payloads;
    ChannelPort* port = nullptr;
};

/// Gives the peer all the window that it wants, and keeps all that comes.
class KeepSink final : public ChannelSink {
  public:
    explicit KeepSink(Kept& kept) : kept_(kept) {}
    void on_open(ChannelPort& port) override { kept_.port = &port; }
    void on_data(Payload payload) override {
        kept_.port->credit(payload.bytes.size());
        kept_.payloads.push_back(std::move(payload));
    }
    void on_extended(std::uint32_t, Payload) override {}
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(true); }
    void on_eof() override {}
    void on_close(CloseReason) noexcept override { kept_.port = nullptr; }

  private:
    Kept& kept_;
};

class Keeper final : public ConnectionHandler {
  public:
    explicit Keeper(Kept& kept) : kept_(kept) {}
    void open_channel(const ChannelOpenRequest&,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        reply(std::unique_ptr<ChannelSink>(std::make_unique<KeepSink>(kept_)));
    }

  private:
    Kept& kept_;
};

/// Moves bytes as a program's loop does: the server's socket is read only when it wants that.
class Line {
  public:
    explicit Line(SessionPair& pair) : pair_(pair) {}
    void run() {
        for (bool moved = true; moved;) {
            moved = false;
            for (End* end : {&pair_.client, &pair_.server}) {
                if (!std::exchange(end->woken, false)) continue;
                static_cast<void>(end->session->rx_commit(0, pair_.now));
                moved = true;
            }
            append(socket_, SessionPair::take(pair_.client));
            while (read_ < socket_.size() && pair_.server.session->rx_wanted()) {
                const ByteSpan space = pair_.server.session->rx_space(1);
                REQUIRE_FALSE(space.empty());
                const std::size_t n = std::min(space.size(), socket_.size() - read_);
                std::memcpy(space.data(), socket_.data() + read_, n);
                read_ += n;
                REQUIRE(pair_.server.session->rx_commit(n, pair_.now));
                moved = true;
            }
            const Bytes answers = SessionPair::take(pair_.server);
            moved = moved || !answers.empty();
            pair_.deliver(pair_.client, answers);
        }
    }

  private:
    SessionPair& pair_;
    Bytes socket_;
    std::size_t read_ = 0;
};

}  // namespace

TEST_CASE("a session reads no more while it holds what it may, and all of it when it holds less",
          "[session]") {
    // Destroyed behind the sessions, whose slabs may go at any time.
    Kept kept;
    FullStack stack;
    stack.server_config->input_limit = kLimit;
    stack.server_handler = std::make_unique<Keeper>(kept);
    REQUIRE(stack.start());
    Line line(stack.pair);
    line.run();
    REQUIRE(stack.collected->port != nullptr);
    const Bytes data = DetRng(5).bytes(kTotal);
    stack.collected->send(data);
    Bytes got;
    std::size_t most = 0, stops = 0;
    for (line.run(); !kept.payloads.empty(); line.run()) {
        most = std::max(most, stack.pair.server.slabs.in_use() * SlabPool::kSlabSize);
        stops += stack.pair.server.session->rx_wanted() ? 0U : 1U;
        // Two slabs are let go.
        for (std::size_t freed = 0; freed < kMiB && !kept.payloads.empty();) {
            append(got, kept.payloads.front().bytes);
            freed += kept.payloads.front().bytes.size();
            kept.payloads.pop_front();
        }
    }
    CHECK((got == data));
    CHECK(stops >= kTotal / kMiB / 2);
    // The slab that takes it over the limit is the last one.
    CHECK(most > kLimit);
    CHECK(most <= kLimit + SlabPool::kSlabSize);
    CHECK(stack.pair.server.session->rx_wanted());
}

TEST_CASE("what is let go after the session disturbs nobody", "[session]") {
    Kept kept;
    {
        FullStack stack;
        stack.server_config->input_limit = kLimit;
        stack.server_handler = std::make_unique<Keeper>(kept);
        REQUIRE(stack.start());
        Line line(stack.pair);
        line.run();
        REQUIRE(stack.collected->port != nullptr);
        stack.collected->send(Bytes(kTotal, 7));
        line.run();
        REQUIRE_FALSE(stack.pair.server.session->rx_wanted());
        stack.pair.server.session->close(Disconnect::by_application, "enough");
        line.run();
    }
    REQUIRE_FALSE(kept.payloads.empty());
    CHECK(kept.payloads.back().bytes.back() == 7);
    kept.payloads.clear();
}

TEST_CASE("a limit that leaves no room for a packet is a mistake", "[session]") {
    const auto [limit, works] = GENERATE(table<std::size_t, bool>(
        {{0, true}, {1, false}, {kLimit - 1, false}, {kLimit, true}, {SIZE_MAX, true}}));
    FullStack stack;
    stack.server_config->input_limit = limit;
    const auto started = stack.start();
    CHECK(static_cast<bool>(started) == works);
    if (!works) CHECK(started.error().code == Errc::local_misuse);
}
