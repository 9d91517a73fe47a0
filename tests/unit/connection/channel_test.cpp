#include "connection_spies.hpp"

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::size_t kRead = 261'120;  // the largest READ that OpenSSH asks for

void check_misbehaved(const Result<void>& result) {
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_misbehaved);
    CHECK(result.error().disconnect == Disconnect::protocol_error);
}

}  // namespace

// ---- legality ----------------------------------------------------------------------------------

TEST_CASE("messages for a channel that is not there end the session", "[connection]") {
    const auto number = GENERATE(range(91, 101));
    Connection c;
    Bytes body(64);
    SECTION("never opened") {}
    SECTION("another one open") {
        c.open();
        body[3] = 1;
    }
    SECTION("closed by both") {
        auto sink = c.open();
        sink->port->close();
        REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
    }
    SECTION("not answered yet") {
        c.handler->hold = true;
        REQUIRE(c.feed_open().has_value());
    }
    check_misbehaved(c.feed_raw(static_cast<std::uint8_t>(number), body));
}

TEST_CASE("a channel message without a whole channel number is malformed", "[connection]") {
    Connection c;
    c.open();
    const auto result = c.feed_raw(msg::channel_eof, Bytes(3));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_malformed);
}

TEST_CASE("a peer sends no data after its EOF", "[connection]") {
    Connection c;
    auto sink = c.open();
    REQUIRE(c.feed(msg::ChannelEof{0}).has_value());
    CHECK(sink->eofs == 1);
    SECTION("data") {
        check_misbehaved(c.feed_data(0, Bytes(1)));
    }
    SECTION("extended data") {
        msg::ChannelExtendedData m;
        m.data_type_code = kExtendedDataStderr;
        check_misbehaved(c.feed(m));
    }
    SECTION("another EOF") {
        check_misbehaved(c.feed(msg::ChannelEof{0}));
    }
    SECTION("but requests, window and close") {
        CHECK(c.feed_adjust(0, 5).has_value());
        CHECK(c.feed_request(0, "signal", false).has_value());
        CHECK(c.feed(msg::ChannelClose{0}).has_value());
        CHECK(sink->closes == std::vector<CloseReason>{CloseReason::by_peer});
    }
}

TEST_CASE("answers to nothing end the session", "[connection]") {
    Connection c;
    auto sink = c.open();
    SECTION("success") {
        check_misbehaved(c.feed(msg::ChannelSuccess{0}));
    }
    SECTION("failure") {
        check_misbehaved(c.feed(msg::ChannelFailure{0}));
    }
    SECTION("more than asked") {
        sink->port->request("xon-xoff", Bytes(1), Reply<void>());
        CHECK(c.feed(msg::ChannelSuccess{0}).has_value());
        check_misbehaved(c.feed(msg::ChannelSuccess{0}));
    }
    SECTION("to a request that has not left") {
        sink->port->submit(sink->port->frames(1'000'001));
        sink->port->request("xon-xoff", Bytes(1), Reply<void>());
        check_misbehaved(c.feed(msg::ChannelSuccess{0}));
    }
    SECTION("confirmation of an open channel") {
        msg::ChannelOpenConfirmation m;
        m.maximum_packet_size = 100;
        check_misbehaved(c.feed(m));
    }
    SECTION("refusal of an open channel") {
        check_misbehaved(c.feed(msg::ChannelOpenFailure{}));
    }
}

// ---- data in -----------------------------------------------------------------------------------

TEST_CASE("data is handed over where it was received", "[connection]") {
    Connection c;
    auto sink = c.open();
    const std::uint8_t* seen = nullptr;
    Payload kept;
    sink->data_hook = [&](ChannelPort&, const Payload& payload) {
        seen = payload.bytes.data();
        kept = payload;
    };
    msg::ChannelData m;
    const Bytes bytes = pattern(1000);
    m.data = bytes;
    auto packet = c.port.packet(m);
    const auto* in_slab = packet.body.bytes.data() + 8;
    REQUIRE(c.layer->on_packet(packet).has_value());
    packet.body = {};
    CHECK(seen == in_slab);
    CHECK(c.port.slabs.in_use() == 1);
    CHECK(same_bytes(kept.bytes, bytes));
    kept = {};
    CHECK(c.port.slabs.in_use() == 0);
}

TEST_CASE("data beyond the window or the packet ends the session", "[connection]") {
    ConnectionConfig config;
    config.initial_window = 1'000;
    config.max_window = 1'000;
    config.max_packet = 600;
    Connection c(Role::server, config);
    auto sink = c.open();
    sink->credit_at_once = false;
    SECTION("packet") {
        CHECK(c.feed_data(0, Bytes(600)).has_value());
        const auto result = c.feed_data(0, Bytes(601));
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::peer_limit);
    }
    SECTION("window") {
        CHECK(c.feed_data(0, Bytes(600)).has_value());
        CHECK(c.feed_data(0, Bytes(400)).has_value());
        CHECK(c.feed_data(0, Bytes()).has_value());
        check_misbehaved(c.feed_data(0, Bytes(1)));
        CHECK(sink->received == 1'000);
    }
    SECTION("window, extended data") {
        CHECK(c.feed_data(0, Bytes(600)).has_value());
        msg::ChannelExtendedData m;
        const Bytes bytes(401);
        m.data = bytes;
        check_misbehaved(c.feed(m));
    }
    SECTION("also after our CLOSE") {
        sink->port->close();
        CHECK(c.feed_data(0, Bytes(600)).has_value());
        CHECK(c.feed_data(0, Bytes(400)).has_value());
        check_misbehaved(c.feed_data(0, Bytes(1)));
        CHECK(sink->received == 0);
    }
}

TEST_CASE("credit is announced once for a batch, and at once outside", "[connection]") {
    ConnectionConfig config;
    config.initial_window = 10'000;
    config.max_window = 10'000;
    Connection c(Role::server, config);
    auto sink = c.open();
    msg::ChannelData m;
    const Bytes bytes(2'000);
    m.data = bytes;
    for (int i = 0; i < 4; ++i) REQUIRE(c.layer->on_packet(c.port.packet(m)).has_value());
    CHECK(c.port.sent.empty());
    c.layer->on_batch_end();
    REQUIRE(c.port.sent.size() == 1);
    CHECK(c.port.sent_as<msg::ChannelWindowAdjust>(0).recipient_channel == 7);
    CHECK(c.port.sent_as<msg::ChannelWindowAdjust>(0).bytes_to_add == 8'000);
    CHECK(c.port.sent[0].lane == Lane::urgent);

    c.port.sent.clear();
    sink->credit_at_once = false;
    for (int i = 0; i < 4; ++i) REQUIRE(c.layer->on_packet(c.port.packet(m)).has_value());
    c.layer->on_batch_end();
    CHECK(c.port.sent.empty());
    sink->port->credit(8'000);
    CHECK(c.port.count(msg::channel_window_adjust) == 1);
}

TEST_CASE("extended data: stderr is handed over, the rest gives its credit back", "[connection]") {
    ConnectionConfig config;
    config.initial_window = 10'000;
    config.max_window = 10'000;
    Connection c(Role::client, config);
    auto sink = c.open();
    msg::ChannelExtendedData m;
    const Bytes bytes = pattern(6'000);
    m.data = bytes;
    m.data_type_code = 2;
    REQUIRE(c.feed(m).has_value());
    CHECK(sink->extended.empty());
    CHECK(c.port.sent_as<msg::ChannelWindowAdjust>(0).bytes_to_add == 6'000);
    m.data_type_code = kExtendedDataStderr;
    REQUIRE(c.feed(m).has_value());
    CHECK((sink->extended == bytes));
    CHECK(sink->received == 0);
}

// ---- data out ----------------------------------------------------------------------------------

TEST_CASE("a large answer leaves through windows granted when exhausted", "[connection]") {
    const auto window = GENERATE(1u, 100u, 24'576u, 32'768u, 1'000'000u);
    Connection c;
    auto sink = c.open(7, window);
    // Byte by byte is the same for less.
    const Bytes bytes = pattern(window == 1 ? 5'000 : kRead);
    submit_bytes(*sink->port, bytes);
    sink->port->eof();

    Bytes all;
    for (;;) {
        const Bytes part = sent_data(c.port);
        REQUIRE(part.size() == std::min<std::size_t>(window, bytes.size() - all.size()));
        for (std::size_t i = 0; i < c.port.sent.size(); ++i)
            CHECK(c.port.sent[i].body.size() <= 8 + 32'768);
        append(all, part);
        if (all.size() == bytes.size()) break;
        CHECK(c.port.count(msg::channel_eof) == 0);
        CHECK(sink->port->backlog() == bytes.size() - all.size());
        c.port.sent.clear();
        REQUIRE(c.feed_adjust(0, window).has_value());
    }
    if (c.port.count(msg::channel_eof) == 0) REQUIRE(c.feed_adjust(0, window).has_value());
    CHECK(c.port.sent.back().number == msg::channel_eof);
    CHECK((all == bytes));
    CHECK(c.port.frames.in_use() == 0);
}

TEST_CASE("the whole of a window is used, whatever its size", "[connection]") {
    Connection c;
    auto sink = c.open(7, 0);
    submit_bytes(*sink->port, pattern(kRead));
    std::size_t granted = 0;
    for (std::uint32_t n = 1; granted + n <= kRead; n = n * 3 + 1) {
        REQUIRE(c.feed_adjust(0, n).has_value());
        granted += n;
        CHECK(sent_data(c.port).size() == granted);
    }
}

TEST_CASE("tiny maximum packets make progress and cost little memory", "[connection]") {
    const auto max_packet = GENERATE(1u, 3u, 1'000u);
    Connection c;
    auto sink = c.open(7, 2'000'000, max_packet);
    CHECK(sink->port->max_packet() == max_packet);
    FrameList list = sink->port->frames(kRead);
    CHECK(list.bytes() == kRead);
    CHECK(c.port.frames.in_use() < 2 * kRead);
    list.clear();

    const Bytes bytes = pattern(10'000);
    submit_bytes(*sink->port, bytes);
    CHECK((sent_data(c.port) == bytes));
    for (std::size_t i = 0; i < c.port.sent.size(); ++i)
        CHECK(c.port.sent_as<msg::ChannelData>(i).data.size() <= max_packet);
}

TEST_CASE("frames are as large as the peer's packets", "[connection]") {
    Connection c;
    auto sink = c.open(7, 0, 10'000);
    FrameList list = sink->port->frames(25'000);
    std::vector<std::size_t> sizes;
    list.for_each([&](ByteSpan part) { sizes.push_back(part.size()); });
    CHECK(sizes == std::vector<std::size_t>{10'000, 10'000, 5'000});
    // Larger than any frame we make.
    Connection d;
    sink = d.open(7, 0, 0xffff'ffff);
    CHECK(sink->port->max_packet() == 32'768);
}

TEST_CASE("data leaves in the memory it was written to", "[connection]") {
    Connection c;
    auto sink = c.open();
    std::vector<const std::uint8_t*> made, left;
    FrameList list = sink->port->frames(kRead);
    list.for_each([&](ByteSpan part) { made.push_back(part.data()); });
    c.port.on_submit = [&](Frame&& frame, Lane) { left.push_back(frame.payload().data() + 9); };
    sink->port->submit(std::move(list));
    CHECK(made.size() == 8);
    CHECK(left == made);
}

TEST_CASE("stderr keeps its place among the data", "[connection]") {
    Connection c;
    auto sink = c.open();
    submit_bytes(*sink->port, Bytes{1});
    FrameList error = sink->port->frames(2);
    error.for_each([](ByteSpan part) { part[0] = 2, part[1] = 3; });
    sink->port->submit_extended(kExtendedDataStderr, std::move(error));
    submit_bytes(*sink->port, Bytes{4});
    CHECK(c.port.numbers() == std::vector<int>{94, 95, 94});
    const auto m = c.port.sent_as<msg::ChannelExtendedData>(1);
    CHECK(m.recipient_channel == 7);
    CHECK(m.data_type_code == 1);
    CHECK(to_bytes(m.data) == Bytes{2, 3});
}

TEST_CASE("the peer's window may not pass 2^32-1", "[connection]") {
    Connection c;
    c.open(7, 0xffff'ff00);
    CHECK(c.feed_adjust(0, 0xff).has_value());
    CHECK(c.feed_adjust(0, 0).has_value());
    check_misbehaved(c.feed_adjust(0, 1));
}

TEST_CASE("output waits while the transport is full", "[connection]") {
    ConnectionConfig config;
    config.channel_output = 100'000;
    Connection c(Role::server, config);
    c.port.backlog_grows = true;
    auto sink = c.open();
    c.port.backlog_bytes = 0;
    submit_bytes(*sink->port, pattern(kRead));
    // The last packet may pass the bound, no more.
    CHECK(sent_data(c.port).size() == 4 * 32'768);
    CHECK(sink->port->backlog() == kRead + 4 * 9);
    c.layer->on_batch_end();
    CHECK(sink->writables == 0);

    c.port.backlog_bytes = 50'000;
    c.layer->on_writable();
    CHECK(sent_data(c.port).size() == 6 * 32'768);
    c.port.backlog_bytes = 0;
    c.layer->on_writable();
    CHECK(sent_data(c.port).size() == kRead);
    CHECK(sink->writables >= 1);
    CHECK_FALSE(c.port.failed);
}

TEST_CASE("a user that stopped at any backlog is told", "[connection]") {
    const auto stop = GENERATE(1u, 1'000u, 100'000u, 900'000u);
    Connection c;
    auto sink = c.open(7, 0);
    sink->port->submit(sink->port->frames(kRead));
    while (sink->port->backlog() < stop) sink->port->submit(sink->port->frames(kRead));
    bool below_half = false;
    sink->writable_hook = [&](ChannelPort& port) { below_half |= port.backlog() <= stop / 2; };
    while (sink->port->backlog() != 0) REQUIRE(c.feed_adjust(0, 10'000).has_value());
    CHECK(below_half);
    CHECK(sink->writables < 25);
    const int told = sink->writables;
    c.layer->on_batch_end();
    CHECK(sink->writables == told);
}

// ---- closing -----------------------------------------------------------------------------------

TEST_CASE("CLOSE is answered once and the number is free after both", "[connection]") {
    Connection c;
    auto sink = c.open();
    SECTION("peer first") {
        REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
        CHECK(c.port.numbers() == std::vector<int>{97});
        CHECK(c.port.sent_as<msg::ChannelClose>(0).recipient_channel == 7);
        CHECK(sink->closes == std::vector<CloseReason>{CloseReason::by_peer});
    }
    SECTION("we first") {
        sink->port->close();
        sink->port->close();
        CHECK(c.port.numbers() == std::vector<int>{97});
        // Not free yet: another channel has the next number.
        c.port.sent.clear();
        REQUIRE(c.feed_open(8).has_value());
        CHECK(c.port.sent_as<msg::ChannelOpenConfirmation>(0).sender_channel == 1);
        CHECK(sink->closes.empty());
        c.port.sent.clear();
        REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
        CHECK(c.port.sent.empty());
        CHECK(sink->closes == std::vector<CloseReason>{CloseReason::by_us});
    }
    SECTION("peer while ours waits behind data") {
        sink->port->submit(sink->port->frames(1'100'000));
        sink->port->close();
        CHECK(c.port.count(msg::channel_close) == 0);
        REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
        CHECK(c.port.count(msg::channel_close) == 1);
        CHECK(sink->closes == std::vector<CloseReason>{CloseReason::by_peer});
        CHECK(c.port.frames.in_use() == 0);
    }
    SECTION("both ended in order") {
        sink->port->eof();
        REQUIRE(c.feed(msg::ChannelEof{0}).has_value());
        sink->port->close();
        REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
        CHECK(sink->closes == std::vector<CloseReason>{CloseReason::eof});
    }
    CHECK(sink->destroyed);
    c.port.sent.clear();
    REQUIRE(c.feed_open(9).has_value());
    CHECK(c.port.sent_as<msg::ChannelOpenConfirmation>(0).sender_channel == 0);
}

TEST_CASE("after EOF and CLOSE nothing more is sent", "[connection]") {
    Connection c;
    auto sink = c.open();
    sink->port->eof();
    sink->port->submit(sink->port->frames(10));
    sink->port->eof();
    CHECK(c.port.numbers() == std::vector<int>{96});
    sink->port->exit_status(3);
    sink->port->close();
    CHECK(c.port.numbers() == std::vector<int>{96, 98, 97});
    bool refused = false;
    sink->port->request("x", {}, Reply<void>::from([&](Result<void>&& r) {
                            refused = !r && r.error().code == Errc::closed;
                        }));
    CHECK(refused);
    sink->port->request("x", {});
    sink->port->exit_status(4);
    sink->port->eof();
    sink->port->submit(sink->port->frames(10));
    CHECK(c.port.sent.size() == 3);
    // What was on its way is taken, and not answered.
    REQUIRE(c.feed_request(0, "signal", true).has_value());
    REQUIRE(c.feed_request(0, "keepalive@openssh.com", true).has_value());
    REQUIRE(c.feed_data(0, Bytes(200'000)).has_value());
    REQUIRE(c.feed(msg::ChannelEof{0}).has_value());
    CHECK(sink->requests.empty());
    CHECK(sink->received == 0);
    CHECK(c.port.sent.size() == 3);
    CHECK(c.port.frames.in_use() == 0);
}

TEST_CASE("the end of the session ends its channels", "[connection]") {
    Connection c;
    auto sink = c.open();
    sink->hold_answers = true;
    REQUIRE(c.feed_request(0, "one", true).has_value());
    int answers = 0;
    const auto count = [&](Result<void>&& r) {
        answers += !r && r.error().code == Errc::closed ? 1 : 0;
    };
    sink->port->request("x", {}, Reply<void>::from(count));
    auto [mine, record] = make_sink();
    c.handler->port->open_channel("session", {}, std::move(mine), Reply<void>::from(count));
    c.port.sent.clear();
    c.layer->on_close({});
    CHECK(answers == 2);
    CHECK(sink->closes == std::vector<CloseReason>{CloseReason::link_lost});
    CHECK(record->closes.empty());
    CHECK(c.handler->closes.size() == 1);
    sink->held.clear();
    sink->port->close();
    CHECK(c.port.sent.empty());
    CHECK_FALSE(c.layer->deadline());
    c.layer.reset();
    CHECK(sink->destroyed);
    CHECK(record->destroyed);
}
