// Two connection layers joined in memory, and what a packet costs.
#include "connection_spies.hpp"
#include "support/alloc_count.hpp"
#include "support/det_rng.hpp"

#include <nacre/connection/session_channel.hpp>

#include <deque>

using namespace nacre;
using namespace nacre::test;

namespace {

/// A client and a server. What one submits is received by the other, in batches.
class Pair {
  public:
    Connection client, server;

    explicit Pair(ConnectionConfig client_config = {}, ConnectionConfig server_config = {})
        : client(Role::client, std::move(client_config)),
          server(Role::server, std::move(server_config)) {
        connect(client, to_server_);
        connect(server, to_client_);
    }
    /// Moves one batch of at most `most` packets each way; whether there were any.
    bool step(std::size_t most = SIZE_MAX) {
        const bool up = move(client, to_server_, server, most);
        const bool down = move(server, to_client_, client, most);
        return up || down;
    }
    void run() {
        while (step()) {
        }
    }

  private:
    struct Wire {
        std::deque<Frame> urgent, ordered;
    };
    static void connect(Connection& from, Wire& wire) {
        from.port.backlog_grows = true;
        from.port.on_submit = [&wire](Frame&& frame, Lane lane) {
            (lane == Lane::urgent ? wire.urgent : wire.ordered).push_back(std::move(frame));
        };
    }
    static bool move(Connection& from, Wire& wire, Connection& to, std::size_t most) {
        std::deque<Frame> batch = std::exchange(wire.urgent, {});
        while (batch.size() < most && !wire.ordered.empty()) {
            batch.push_back(std::move(wire.ordered.front()));
            wire.ordered.pop_front();
        }
        if (batch.empty()) return false;
        for (const auto& frame : batch) {
            const auto payload = frame.payload();
            from.port.backlog_bytes -= payload.size();
            const auto result = to.layer->on_packet(to.port.packet(payload[0], payload.subspan(1)));
            INFO("message " << int{payload[0]});
            REQUIRE(result.has_value());
        }
        to.layer->on_batch_end();
        if (from.port.backlog_bytes < 128 * 1024) from.layer->on_writable();
        return true;
    }
    Wire to_server_, to_client_;
};

/// A program that sends back what it gets, then its exit status.
class Echo final : public ChannelSink {
  public:
    void on_open(ChannelPort& port) override { port_ = &port; }
    void on_data(Payload payload) override {
        submit_bytes(*port_, payload.bytes);
        port_->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload) override {}
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(false); }
    void on_eof() override {
        port_->exit_status(42);
        port_->eof();
        port_->close();
    }
    void on_close(CloseReason) noexcept override {}

  private:
    ChannelPort* port_ = nullptr;
};

class EchoPrograms final : public SessionPrograms {
  public:
    void exec(std::string_view, const SessionEnvironment&, Reply<Program> reply) override {
        reply(Program(std::make_unique<Echo>()));
    }
};

}  // namespace

TEST_CASE("several clients of an echo over one connection", "[connection]") {
    ConnectionConfig server_config;
    server_config.initial_window = GENERATE(1'000u, 2'097'152u);
    const std::size_t most = GENERATE(std::size_t{1}, std::size_t{7}, SIZE_MAX);
    ConnectionConfig client_config;
    client_config.initial_window = 24'576;
    client_config.max_window = 24'576;
    client_config.max_packet = 16'384;
    Pair pair(client_config, server_config);
    pair.server.handler->make = [] {
        return make_session_channel(std::make_unique<EchoPrograms>());
    };

    constexpr std::size_t kChannels = 5;
    std::vector<std::shared_ptr<SinkRecord>> sinks;
    std::vector<Bytes> inputs;
    int started = 0;
    for (std::size_t i = 0; i < kChannels; ++i) {
        inputs.push_back(DetRng(i).bytes(50'000 + i * 40'000));
        auto [sink, record] = make_sink();
        record->open_hook = [&, i](ChannelPort& port) {
            Bytes command;
            Writer<Bytes>(command).string(std::string_view("echo"));
            port.request("exec", command,
                         Reply<void>::from([&](Result<void>&& r) { started += r ? 1 : 0; }));
            submit_bytes(port, inputs[i]);
            port.eof();
        };
        sinks.push_back(record);
        pair.client.handler->port->open_channel("session", {}, std::move(sink), Reply<void>());
    }
    while (pair.step(most)) {
    }
    CHECK(started == kChannels);
    for (std::size_t i = 0; i < kChannels; ++i) {
        INFO("channel " << i);
        CHECK((sinks[i]->data == inputs[i]));
        CHECK(sinks[i]->eofs == 1);
        REQUIRE(sinks[i]->requests.size() == 1);
        CHECK(sinks[i]->requests[0].type == "exit-status");
        CHECK(sinks[i]->requests[0].data == Bytes{0, 0, 0, 42});
        CHECK(sinks[i]->closes.size() == 1);
        CHECK(sinks[i]->destroyed);
    }
    CHECK(pair.client.port.frames.in_use() == 0);
    CHECK(pair.server.port.frames.in_use() == 0);
    CHECK(pair.server.port.slabs.in_use() == 0);
}

TEST_CASE("a busy upload's window grows to its limit and no further", "[connection]") {
    ConnectionConfig server_config;
    server_config.initial_window = 100'000;
    server_config.max_window = 1'000'000;
    Pair pair({}, server_config);
    pair.server.port.session.round_trip = std::chrono::milliseconds(1);
    auto [sink, record] = make_sink();
    pair.client.handler->port->open_channel("session", {}, std::move(sink), Reply<void>());
    pair.run();
    auto server_sink = pair.server.handler->sinks.at(0);
    server_sink->keep_bytes = false;
    std::size_t largest = 0;
    for (int i = 0; i < 40; ++i) {
        record->port->submit(record->port->frames(1'000'000));
        const std::size_t before = server_sink->received;
        pair.step();
        largest = std::max(largest, server_sink->received - before);
    }
    pair.run();
    CHECK(server_sink->received == 40'000'000);
    CHECK(largest > 900'000);
    CHECK(largest <= 1'000'000);
}

TEST_CASE("a program that reads nothing is sent no more than the window", "[connection]") {
    ConnectionConfig server_config;
    server_config.initial_window = 100'000;
    Pair pair({}, server_config);
    auto [sink, record] = make_sink();
    auto [other, other_record] = make_sink();
    pair.client.handler->port->open_channel("session", {}, std::move(sink), Reply<void>());
    pair.client.handler->port->open_channel("session", {}, std::move(other), Reply<void>());
    pair.run();
    auto stuck = pair.server.handler->sinks.at(0);
    stuck->credit_at_once = false;
    record->port->submit(record->port->frames(500'000));
    pair.run();
    CHECK(stuck->received == 100'000);
    CHECK(record->port->backlog() == 400'000);
    // The other channel goes on.
    other_record->port->submit(other_record->port->frames(500'000));
    pair.run();
    CHECK(pair.server.handler->sinks.at(1)->received == 500'000);
    // And it recovers.
    stuck->credit_at_once = true;
    stuck->port->credit(100'000);
    pair.run();
    CHECK(stuck->received == 500'000);
    CHECK(record->port->backlog() == 0);
}

TEST_CASE("10,000 packets of data cost no allocation and no copy", "[connection]") {
    Connection c;
    auto sink = c.open(7, 0);
    sink->keep_bytes = false;
    std::size_t sent = 0, adjusted = 0;
    c.port.on_submit = [&](Frame&& frame, Lane) {
        const auto payload = frame.payload();
        if (payload[0] == msg::channel_data) sent += load_be32(&payload[5]);
        if (payload[0] == msg::channel_window_adjust) adjusted += load_be32(&payload[5]);
    };
    constexpr std::size_t kPerRound = 8;
    const InPacket adjust = c.port.packet(msg::ChannelWindowAdjust{0, kPerRound * 32'768});
    msg::ChannelData m;
    const Bytes bytes = pattern(32'768);
    m.data = bytes;
    const InPacket data = c.port.packet(m);
    const auto round = [&] {
        bool good = true;
        for (std::size_t i = 0; i < kPerRound; ++i) good &= c.layer->on_packet(data).has_value();
        sink->port->submit(sink->port->frames(kPerRound * 32'768));
        good &= c.layer->on_packet(adjust).has_value();
        c.layer->on_batch_end();
        return good;
    };
    for (int i = 0; i < 10; ++i) REQUIRE(round());
    sent = 0, sink->received = 0, adjusted = 0;

    bool good = true;
    const AllocCount count;
    for (std::size_t i = 0; i < 10'000 / kPerRound; ++i) good &= round();
    const std::size_t n = count.count();
    CHECK(n == 0);
    CHECK(good);
    CHECK(sent == 10'000u * 32'768);
    CHECK(sink->received == 10'000u * 32'768);
    CHECK(adjusted + 2 * 1024 * 1024 > sink->received);
}
