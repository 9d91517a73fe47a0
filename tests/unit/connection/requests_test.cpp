// Channel requests of both sides (RFC 4254 s5.4).
#include "connection_spies.hpp"

using namespace nacre;
using namespace nacre::test;

TEST_CASE("answers to requests leave in order", "[connection]") {
    Connection c;
    auto sink = c.open();
    sink->hold_answers = true;
    REQUIRE(c.feed_request(0, "one", true, Bytes{1, 2}).has_value());
    REQUIRE(c.feed_request(0, "quiet", false).has_value());
    REQUIRE(c.feed_request(0, "winadj@putty.projects.tartarus.org", true).has_value());
    REQUIRE(c.feed_request(0, "two", true).has_value());
    REQUIRE(c.feed_request(0, "eow@openssh.com", false).has_value());
    REQUIRE(sink->held.size() == 4);
    CHECK(sink->requests[0].data == Bytes{1, 2});
    CHECK_FALSE(sink->held[1]);  // nobody asked for an answer
    sink->held[1](true);

    sink->held[2](true);
    CHECK(c.port.sent.empty());
    sink->held[0](false);
    CHECK(c.port.numbers() == std::vector<int>{100, 100, 99});
    CHECK(c.port.sent_as<msg::ChannelFailure>(0).recipient_channel == 7);
    CHECK(c.port.sent_as<msg::ChannelSuccess>(2).recipient_channel == 7);
    sink->held[0](true);
    CHECK(c.port.sent.size() == 3);
}

TEST_CASE("a request that is never answered has failed", "[connection]") {
    Connection c;
    auto sink = c.open();
    sink->hold_answers = true;
    REQUIRE(c.feed_request(0, "one", true).has_value());
    sink->held.clear();
    CHECK(c.port.numbers() == std::vector<int>{100});
}

TEST_CASE("answers do not wait behind data without window", "[connection]") {
    Connection c;
    auto sink = c.open(7, 0);
    sink->port->submit(sink->port->frames(1000));
    REQUIRE(c.feed_request(0, "keepalive@openssh.com", true).has_value());
    REQUIRE(c.feed_request(0, "one", true).has_value());
    CHECK(c.port.numbers() == std::vector<int>{100, 99});
    CHECK(sink->requests.size() == 1);
}

TEST_CASE("unanswered requests are limited", "[connection]") {
    ConnectionConfig config;
    config.max_pending_requests = 3;
    Connection c(Role::server, config);
    auto sink = c.open();
    sink->hold_answers = true;
    for (int i = 0; i < 3; ++i) REQUIRE(c.feed_request(0, "x", true).has_value());
    REQUIRE(c.feed_request(0, "x", false).has_value());
    const auto over = c.feed_request(0, "x", true);
    REQUIRE_FALSE(over);
    CHECK(over.error().code == Errc::peer_limit);
}

TEST_CASE("a late answer does not reach a new channel of the same number", "[connection]") {
    Connection c;
    auto old_sink = c.open();
    old_sink->hold_answers = true;
    REQUIRE(c.feed_request(0, "one", true).has_value());
    REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
    c.port.sent.clear();
    auto sink = c.open();
    sink->hold_answers = true;
    REQUIRE(c.feed_request(0, "one", true).has_value());
    old_sink->held.at(0)(true);
    CHECK(c.port.sent.empty());
    sink->held.at(0)(true);
    CHECK(c.port.numbers() == std::vector<int>{99});
}

TEST_CASE("our requests keep their place and get their answers in order", "[connection]") {
    Connection c;
    auto sink = c.open(7, 0);
    std::vector<int> answers;
    const auto note = [&](int which) {
        return Reply<void>::from([&answers, which](Result<void>&& r) {
            answers.push_back(r ? which : -which);
            if (!r) CHECK(r.error().code == Errc::peer_refused);
        });
    };
    sink->port->request("first", Bytes{9}, note(1));
    sink->port->submit(sink->port->frames(10));
    sink->port->request("second", {}, note(2));
    sink->port->request("third", {});
    sink->port->exit_status(258);
    CHECK(c.port.numbers() == std::vector<int>{98});
    REQUIRE(c.feed_adjust(0, 10).has_value());
    CHECK(c.port.numbers() == std::vector<int>{98, 94, 98, 98, 98});
    const auto first = c.port.sent_as<msg::ChannelRequest>(0);
    CHECK(first.recipient_channel == 7);
    CHECK(first.request_type == "first");
    CHECK(first.want_reply);
    CHECK(to_bytes(first.data.bytes) == Bytes{9});
    CHECK_FALSE(c.port.sent_as<msg::ChannelRequest>(3).want_reply);
    const auto status = c.port.sent_as<msg::ChannelRequest>(4);
    CHECK(status.request_type == "exit-status");
    CHECK_FALSE(status.want_reply);
    CHECK(to_bytes(status.data.bytes) == Bytes{0, 0, 1, 2});

    REQUIRE(c.feed(msg::ChannelFailure{0}).has_value());
    REQUIRE(c.feed(msg::ChannelSuccess{0}).has_value());
    CHECK(answers == std::vector<int>{-1, 2});
}

TEST_CASE("a request too long for a packet is not sent", "[connection]") {
    Connection c;
    auto sink = c.open();
    const Bytes huge(300'000);
    bool misuse = false;
    sink->port->request("x", huge, Reply<void>::from([&](Result<void>&& r) {
                            misuse = !r && r.error().code == Errc::local_misuse;
                        }));
    sink->port->request("x", huge);
    CHECK(misuse);
    CHECK(c.port.sent.empty());
    CHECK_FALSE(c.port.failed);
}
