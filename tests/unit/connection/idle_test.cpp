// Connections that nobody uses, and windows that share one budget.
#include "connection_spies.hpp"

using namespace nacre;
using namespace nacre::test;
using std::chrono::seconds;

namespace {

Instant at(int s) {
    return Instant(seconds(s));
}

ConnectionConfig idle_after(int s) {
    ConnectionConfig config;
    config.idle_timeout = seconds(s);
    return config;
}

}  // namespace

TEST_CASE("a connection that is not used ends", "[connection][limits]") {
    Connection c(Role::server, idle_after(10));
    CHECK(c.layer->deadline() == at(10));
    c.port.time = at(9);
    auto sink = c.open();
    CHECK(c.layer->deadline() == at(19));
    REQUIRE(c.layer->on_deadline(at(18)).has_value());
    const auto result = c.layer->on_deadline(at(19));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::timed_out);
    CHECK(result.error().disconnect == Disconnect::by_application);
}

TEST_CASE("without the setting it never does", "[connection][limits]") {
    Connection c;
    auto sink = c.open();
    CHECK_FALSE(c.layer->deadline().has_value());
    CHECK(c.layer->on_deadline(at(1'000'000)).has_value());
}

TEST_CASE("what counts as use", "[connection][limits]") {
    Connection c(Role::server, idle_after(10));
    auto sink = c.open();
    c.port.time = at(5);
    SECTION("data of the peer") {
        REQUIRE(c.feed_data(0, Bytes(3)).has_value());
        CHECK(c.layer->deadline() == at(15));
    }
    SECTION("data of ours") {
        submit_bytes(*sink->port, Bytes(100));
        c.layer->on_batch_end();
        CHECK(c.layer->deadline() == at(15));
    }
    SECTION("a request") {
        REQUIRE(c.feed_request(0, "signal", false).has_value());
        CHECK(c.layer->deadline() == at(15));
    }
    SECTION("work that goes on in turns") {
        sink->due = at(5);
        REQUIRE(c.layer->on_deadline(at(5)).has_value());
        CHECK(sink->deadlines == 1);
        CHECK(c.layer->deadline() == at(15));
    }
    SECTION("but no keepalive in either form") {
        REQUIRE(c.feed_request(0, "keepalive@openssh.com", true).has_value());
        REQUIRE(c.feed_request(0, "keepalive@openssh.com", false).has_value());
        msg::GlobalRequest keepalive;
        keepalive.request_name = "keepalive@openssh.com";
        keepalive.want_reply = true;
        REQUIRE(c.feed(keepalive).has_value());
        CHECK(c.layer->deadline() == at(10));
    }
    SECTION("and no window that we cannot use") {
        REQUIRE(c.feed_adjust(0, 1000).has_value());
        CHECK(c.layer->deadline() == at(10));
    }
}

TEST_CASE("windows grow inside the budget of their connection", "[connection][limits]") {
    ConnectionConfig config;
    config.initial_window = 100'000;
    config.max_window = 1'000'000;
    config.max_packet = 50'000;
    config.window_budget = GENERATE(as<std::uint64_t>{}, 0, 350'000, 10'000'000);
    Connection c(Role::server, config);
    c.port.session.round_trip = seconds(1);
    std::uint64_t granted = 0;
    const auto use = [&](std::uint32_t channel, std::size_t bytes) {
        for (std::size_t done = 0; done < bytes; done += 50'000) {
            REQUIRE(c.feed_data(channel, Bytes(50'000)).has_value());
            c.layer->on_batch_end();
        }
        for (std::size_t i = 0; i < c.port.sent.size(); ++i)
            if (c.port.sent[i].number == msg::channel_window_adjust)
                granted += c.port.sent_as<msg::ChannelWindowAdjust>(i).bytes_to_add;
        granted -= bytes;
        c.port.sent.clear();
    };
    auto first = c.open();
    auto second = c.open();
    granted = 200'000;
    use(0, 5'000'000);
    use(1, 5'000'000);
    // All credit is given back at once, so that what is granted now is nearly the windows' size.
    const std::uint64_t most = std::max<std::uint64_t>(config.window_budget, 200'000);
    CHECK(granted <= std::min<std::uint64_t>(most, 2'000'000));
    CHECK(granted + 2 * 50'000 >= std::min<std::uint64_t>(most, 2'000'000));

    // A channel that ends gives its room back.
    REQUIRE(c.feed(msg::ChannelClose{0}).has_value());
    c.layer->on_batch_end();
}
