#include "connection_spies.hpp"

using namespace nacre;
using namespace nacre::test;

// ---- the peer opens ----------------------------------------------------------------------------

TEST_CASE("a channel is confirmed with our window and packet size", "[connection]") {
    ConnectionConfig config;
    config.initial_window = 123'456;
    config.max_packet = 54'321;
    Connection c(Role::server, config);
    REQUIRE(c.feed_open(0xfedc'ba98).has_value());
    REQUIRE(c.port.sent.size() == 1);
    const auto m = c.port.sent_as<msg::ChannelOpenConfirmation>(0);
    CHECK(m.recipient_channel == 0xfedc'ba98);
    CHECK(m.sender_channel == 0);
    CHECK(m.initial_window_size == 123'456);
    CHECK(m.maximum_packet_size == 54'321);
    CHECK(c.port.sent[0].lane == Lane::ordered);
    CHECK(c.handler->opens == std::vector<std::string>{"session"});
}

TEST_CASE("refused channels say why and leave nothing behind", "[connection]") {
    Connection c;
    const auto refused_with = [&](std::uint32_t reason) {
        CHECK(c.port.numbers() == std::vector<int>{92});
        const auto m = c.port.sent_as<msg::ChannelOpenFailure>(0);
        CHECK(m.recipient_channel == 7);
        CHECK(m.reason_code == reason);
        CHECK_FALSE(m.description.empty());
    };
    SECTION("by the handler") {
        c.handler->refusal = Error{Errc::unsupported, Disconnect::none, 3, "unknown channel type"};
        REQUIRE(c.feed_open(7, 1, 1, "x11").has_value());
        refused_with(3);
    }
    SECTION("by the handler, without a reason") {
        c.handler->refusal = Error{Errc::unsupported, Disconnect::none, 0, "no"};
        REQUIRE(c.feed_open().has_value());
        refused_with(1);
    }
    SECTION("by no user") {
        c.handler->make = [] { return nullptr; };
        REQUIRE(c.feed_open().has_value());
        refused_with(1);
    }
    SECTION("by no answer") {
        c.handler->hold = true;
        REQUIRE(c.feed_open().has_value());
        CHECK(c.port.sent.empty());
        c.handler->held_opens.clear();
        refused_with(1);
    }
    SECTION("maximum packet size of 0") {
        REQUIRE(c.feed_open(7, 100, 0).has_value());
        refused_with(1);
        CHECK(c.handler->opens.empty());
    }
    c.port.sent.clear();
    c.handler->hold = false;
    c.handler->refusal.reset();
    c.handler->make = {};
    REQUIRE(c.feed_open(8).has_value());
    CHECK(c.port.sent_as<msg::ChannelOpenConfirmation>(0).sender_channel == 0);
}

TEST_CASE("the default handler refuses", "[connection]") {
    PortSpy port;
    auto layer = make_connection_layer({}, std::make_unique<ConnectionHandler>());
    CHECK(layer->service() == "ssh-connection");
    REQUIRE(layer->on_start(port).has_value());
    msg::ChannelOpen open;
    open.channel_type = "forwarded-tcpip";
    open.maximum_packet_size = 1;
    REQUIRE(layer->on_packet(port.packet(open)).has_value());
    CHECK(port.sent_as<msg::ChannelOpenFailure>(0).reason_code == 3);
    msg::GlobalRequest request;
    request.request_name = "tcpip-forward";
    request.want_reply = true;
    REQUIRE(layer->on_packet(port.packet(request)).has_value());
    CHECK(port.numbers() == std::vector<int>{92, 82});
}

TEST_CASE("channels are limited, those not decided too", "[connection]") {
    ConnectionConfig config;
    config.max_channels = 3;
    Connection c(Role::server, config);
    c.handler->hold = true;
    for (int i = 0; i < 3; ++i) REQUIRE(c.feed_open().has_value());
    CHECK(c.port.sent.empty());
    for (int i = 0; i < 5'000; ++i) REQUIRE(c.feed_open(77).has_value());
    REQUIRE(c.port.count(msg::channel_open_failure) == 5'000);
    const auto m = c.port.sent_as<msg::ChannelOpenFailure>(4'999);
    CHECK(m.recipient_channel == 77);
    CHECK(m.reason_code == static_cast<std::uint32_t>(OpenFailure::resource_shortage));
    CHECK(c.handler->opens.size() == 3);
    // One refused late makes room for one.
    c.handler->held_opens[1](Error{});
    c.handler->hold = false;
    c.port.sent.clear();
    REQUIRE(c.feed_open().has_value());
    CHECK(c.port.sent_as<msg::ChannelOpenConfirmation>(0).sender_channel == 1);
}

TEST_CASE("a late answer opens the channel it was asked for", "[connection]") {
    Connection c;
    c.handler->hold = true;
    REQUIRE(c.feed_open(10).has_value());
    REQUIRE(c.feed_open(11).has_value());
    auto [sink, record] = make_sink();
    c.handler->held_opens[1](std::unique_ptr<ChannelSink>(std::move(sink)));
    CHECK(record->port != nullptr);
    const auto m = c.port.sent_as<msg::ChannelOpenConfirmation>(0);
    CHECK(m.recipient_channel == 11);
    CHECK(m.sender_channel == 1);

    c.layer->on_close({});
    auto [late, late_record] = make_sink();
    c.handler->held_opens[0](std::unique_ptr<ChannelSink>(std::move(late)));
    CHECK(late_record->port == nullptr);
    CHECK(late_record->destroyed);
    CHECK(c.port.sent.size() == 1);
}

// ---- we open -----------------------------------------------------------------------------------

TEST_CASE("we open channels", "[connection]") {
    std::optional<Result<void>> answer;  // the connection answers in its destructor at the latest
    Connection c(Role::client);
    auto [sink, record] = make_sink();
    c.handler->port->open_channel("session", Bytes{1, 2}, std::move(sink),
                                  Reply<void>::from([&](Result<void>&& r) { answer.emplace(r); }));
    REQUIRE(c.port.numbers() == std::vector<int>{90});
    const auto open = c.port.sent_as<msg::ChannelOpen>(0);
    CHECK(open.channel_type == "session");
    CHECK(open.sender_channel == 0);
    CHECK(open.initial_window_size == 2 * 1024 * 1024);
    CHECK(open.maximum_packet_size == 255 * 1024);
    CHECK(to_bytes(open.data.bytes) == Bytes{1, 2});

    SECTION("confirmed") {
        msg::ChannelOpenConfirmation m;
        m.sender_channel = 99;
        m.initial_window_size = 5;
        m.maximum_packet_size = 3;
        REQUIRE(c.feed(m).has_value());
        REQUIRE((answer && answer->has_value()));
        REQUIRE(record->port != nullptr);
        CHECK(record->port->max_packet() == 3);
        c.port.sent.clear();
        submit_bytes(*record->port, pattern(7));
        REQUIRE(c.port.numbers() == std::vector<int>{94, 94});
        CHECK(c.port.sent_as<msg::ChannelData>(0).recipient_channel == 99);
        CHECK(sent_data(c.port) == pattern(5));
    }
    SECTION("refused") {
        msg::ChannelOpenFailure m;
        m.reason_code = 4;
        REQUIRE(c.feed(m).has_value());
        REQUIRE((answer && !answer->has_value()));
        CHECK(answer->error().code == Errc::peer_refused);
        CHECK(answer->error().detail == 4);
        CHECK(record->closes.empty());
        CHECK(record->destroyed);
    }
    SECTION("with a maximum packet size of 0") {
        const auto result = c.feed(msg::ChannelOpenConfirmation{});
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::peer_misbehaved);
        CHECK(record->port == nullptr);
    }
    SECTION("and use before the answer ends the session") {
        CHECK_FALSE(c.feed_data(0, Bytes(1)));
    }
}

TEST_CASE("our own channels are limited too", "[connection]") {
    ConnectionConfig config;
    config.max_channels = 1;
    Connection c(Role::client, config);
    int limit = 0;
    for (int i = 0; i < 2; ++i)
        c.handler->port->open_channel("session", {}, make_sink().first,
                                      Reply<void>::from([&](Result<void>&& r) {
                                          limit += !r && r.error().code == Errc::local_limit;
                                      }));
    CHECK(limit == 1);
    CHECK(c.port.count(msg::channel_open) == 1);
    // The last one is answered when the session ends.
    c.layer->on_close({});
    CHECK(limit == 1);
}

// ---- sharing, time, and the rest ---------------------------------------------------------------

TEST_CASE("channels share the transport in turns", "[connection]") {
    ConnectionConfig config;
    config.channel_output = 200'000;
    Connection c(Role::server, config);
    REQUIRE(c.feed_open(10, 10'000'000).has_value());
    REQUIRE(c.feed_open(11, 10'000'000).has_value());
    REQUIRE(c.feed_open(12, 0).has_value());
    REQUIRE(c.feed_open(13, 10'000'000).has_value());
    c.port.sent.clear();
    c.port.backlog_bytes = 200'000;
    for (auto& sink : c.handler->sinks) sink->port->submit(sink->port->frames(32'768 * 8));
    CHECK(c.port.sent.empty());
    c.port.backlog_bytes = 0;
    c.layer->on_writable();
    std::map<std::uint32_t, int> packets;
    for (std::size_t i = 0; i < 12; ++i)
        ++packets[c.port.sent_as<msg::ChannelData>(i).recipient_channel];
    CHECK(packets == std::map<std::uint32_t, int>{{10, 4}, {11, 4}, {13, 4}});
}

TEST_CASE("unassigned numbers are answered UNIMPLEMENTED", "[connection]") {
    const auto number = GENERATE(83, 89, 101, 127);
    Connection c;
    const auto result = c.feed_raw(static_cast<std::uint8_t>(number), {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::unsupported);
}

TEST_CASE("users have deadlines", "[connection]") {
    Connection c;
    auto one = c.open();
    c.port.sent.clear();
    auto two = c.open(8);
    CHECK_FALSE(c.layer->deadline());
    one->due = Instant(std::chrono::seconds(20));
    two->due = Instant(std::chrono::seconds(10));
    CHECK(c.layer->deadline() == two->due);
    REQUIRE(c.layer->on_deadline(Instant(std::chrono::seconds(15))).has_value());
    CHECK(two->deadlines == 1);
    CHECK(one->deadlines == 0);
    CHECK(c.layer->deadline() == one->due);
}

TEST_CASE("truncated and extended messages end the session", "[connection]") {
    const auto try_all = [](auto m, bool ends_in_rest) {
        Bytes body;
        write_body(m, body);
        for (std::size_t n = 0; n < body.size(); ++n) {
            Connection c;
            c.open();
            INFO(int{m.kNumber} << " cut to " << n);
            const auto result = c.feed_raw(m.kNumber, ByteView(body).first(n));
            REQUIRE_FALSE(result);
            CHECK(result.error().disconnect == Disconnect::protocol_error);
        }
        if (ends_in_rest) return;
        body.push_back(0);
        Connection c;
        c.open();
        CHECK_FALSE(c.feed_raw(m.kNumber, body));
    };
    msg::GlobalRequest global;
    global.request_name = "x";
    try_all(global, true);
    msg::ChannelOpen open;
    open.channel_type = "session";
    try_all(open, true);
    try_all(msg::ChannelWindowAdjust{0, 1}, false);
    msg::ChannelData data;
    const Bytes bytes(3);
    data.data = bytes;
    try_all(data, false);
    msg::ChannelExtendedData extended;
    extended.data = bytes;
    try_all(extended, false);
    try_all(msg::ChannelEof{0}, false);
    try_all(msg::ChannelClose{0}, false);
    msg::ChannelRequest request;
    request.request_type = "signal";
    try_all(request, true);
}

TEST_CASE("when memory fails at any frame nothing leaks", "[connection]") {
    for (std::size_t n = 0; n < 20; ++n) {
        Connection c;
        c.port.fail_frame_at = n;
        if (!c.feed_open(7, 100)) continue;
        if (auto sink = c.handler->sinks.at(0)) {
            FrameList list = sink->port->frames(100'000);
            list.for_each([](ByteSpan part) { std::memset(part.data(), 0, part.size()); });
            sink->port->submit(std::move(list));
            sink->port->eof();
            sink->port->close();
        }
        static_cast<void>(c.feed_adjust(0, 1'000'000));
        CHECK(c.port.failed.has_value() == (n < c.port.frames_taken));
        c.layer->on_close({});
        c.layer.reset();
        CHECK(c.port.frames.in_use() == 0);
    }
}
