#include "connection_spies.hpp"

using namespace nacre;
using namespace nacre::test;

namespace {

msg::GlobalRequest request(std::string_view name, bool want_reply = true, ByteView data = {}) {
    msg::GlobalRequest m;
    m.request_name = name;
    m.want_reply = want_reply;
    m.data = {data};
    return m;
}

}  // namespace

TEST_CASE("global requests are answered in order", "[connection]") {
    Connection c;
    c.handler->hold = true;
    REQUIRE(c.feed(request("one")).has_value());
    REQUIRE(c.feed(request("quiet", false)).has_value());
    REQUIRE(c.feed(request("keepalive@openssh.com")).has_value());
    REQUIRE(c.feed(request("two")).has_value());
    REQUIRE(c.handler->held_globals.size() == 3);
    CHECK_FALSE(c.handler->held_globals[1]);
    c.handler->held_globals[2](Error{});
    CHECK(c.port.sent.empty());
    c.handler->held_globals[0](Bytes{1, 2});
    CHECK(c.port.numbers() == std::vector<int>{81, 81, 82});
    CHECK(c.port.sent[0].body == Bytes{1, 2});
    CHECK(c.port.sent[1].body.empty());
}

TEST_CASE("unanswered global requests are limited", "[connection]") {
    ConnectionConfig config;
    config.max_pending_requests = 2;
    Connection c(Role::server, config);
    c.handler->hold = true;
    REQUIRE(c.feed(request("x")).has_value());
    REQUIRE(c.feed(request("x")).has_value());
    REQUIRE(c.feed(request("x", false)).has_value());
    const auto over = c.feed(request("x"));
    REQUIRE_FALSE(over);
    CHECK(over.error().code == Errc::peer_limit);
}

TEST_CASE("answers to no global request end the session", "[connection]") {
    Connection c;
    SECTION("success") {
        CHECK_FALSE(c.feed(msg::RequestSuccess{}));
    }
    SECTION("failure") {
        CHECK_FALSE(c.feed(msg::RequestFailure{}));
    }
    SECTION("one too many") {
        c.handler->port->global_request("x", {}, Reply<Bytes>());
        CHECK(c.feed(msg::RequestSuccess{}).has_value());
        const auto result = c.feed(msg::RequestSuccess{});
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::peer_misbehaved);
    }
}

TEST_CASE("our global requests get their answers in order", "[connection]") {
    Connection c(Role::client);
    std::vector<std::string> answers;
    const auto note = [&](std::string name) {
        return Reply<Bytes>::from([&answers, name](Result<Bytes>&& r) {
            answers.push_back(name + (r ? "+" + std::to_string(r->size()) : "-"));
        });
    };
    c.handler->port->global_request("a", Bytes{5}, note("a"));
    c.handler->port->global_request("quiet", Bytes{6});
    c.handler->port->global_request("b", {}, note("b"));
    c.handler->port->global_request("c", {}, note("c"));
    REQUIRE(c.port.sent.size() == 4);
    CHECK(c.port.sent_as<msg::GlobalRequest>(0).want_reply);
    CHECK(to_bytes(c.port.sent_as<msg::GlobalRequest>(0).data.bytes) == Bytes{5});
    CHECK_FALSE(c.port.sent_as<msg::GlobalRequest>(1).want_reply);
    const Bytes data(3);
    REQUIRE(c.feed(msg::RequestSuccess{{data}}).has_value());
    REQUIRE(c.feed(msg::RequestFailure{}).has_value());
    c.layer->on_close({});
    c.handler->port->global_request("late", {}, note("late"));
    CHECK(answers == std::vector<std::string>{"a+3", "b-", "c-", "late-"});
    CHECK(c.port.sent.size() == 4);
}

TEST_CASE("a thousand forged answers are seen at the first", "[connection]") {
    // CVE-2026-39830: a multiplexer that queued unasked answers came to stand still.
    Connection c;
    auto sink = c.open();
    CHECK_FALSE(c.feed(msg::RequestSuccess{}));
}

TEST_CASE("no-more-sessions", "[connection]") {
    SECTION("a server opens no more") {
        Connection c;
        auto sink = c.open();
        REQUIRE(c.feed(request("no-more-sessions@openssh.com", false)).has_value());
        CHECK(c.port.sent.empty());
        REQUIRE(c.feed_open(8).has_value());
        CHECK(c.port.sent_as<msg::ChannelOpenFailure>(0).reason_code == 1);
        REQUIRE(c.feed_open(8, 1, 1, "direct-tcpip").has_value());
        CHECK(c.port.numbers() == std::vector<int>{92, 91});
        CHECK(c.handler->globals.empty());
        CHECK(sink->closes.empty());
    }
    SECTION("a client does not know it") {
        Connection c(Role::client);
        REQUIRE(c.feed(request("no-more-sessions@openssh.com")).has_value());
        CHECK(c.port.numbers() == std::vector<int>{82});
    }
}

TEST_CASE("keepalives are sent into silence and end it", "[connection]") {
    using std::chrono::seconds;
    ConnectionConfig config;
    config.keepalive = seconds(10);
    config.keepalive_max = 2;
    Connection c(Role::server, config);
    const auto at = [](int s) { return Instant(seconds(s)); };
    CHECK(c.layer->deadline() == at(10));
    c.port.time = at(5);
    auto sink = c.open();
    CHECK(c.layer->deadline() == at(15));
    REQUIRE(c.layer->on_deadline(at(14)).has_value());
    CHECK(c.port.sent.empty());
    REQUIRE(c.layer->on_deadline(at(15)).has_value());
    REQUIRE(c.port.numbers() == std::vector<int>{80});
    CHECK(c.port.sent_as<msg::GlobalRequest>(0).request_name == "keepalive@openssh.com");
    CHECK(c.port.sent_as<msg::GlobalRequest>(0).want_reply);
    CHECK(c.layer->deadline() == at(25));
    SECTION("answered, either way") {
        REQUIRE(c.layer->on_deadline(at(25)).has_value());
        c.port.time = at(26);
        REQUIRE(c.feed(msg::RequestFailure{}).has_value());
        REQUIRE(c.feed(msg::RequestSuccess{}).has_value());
        CHECK(c.layer->deadline() == at(36));
        REQUIRE(c.layer->on_deadline(at(36)).has_value());
        REQUIRE(c.layer->on_deadline(at(46)).has_value());
        CHECK_FALSE(c.layer->on_deadline(at(56)));
    }
    SECTION("not answered") {
        REQUIRE(c.layer->on_deadline(at(25)).has_value());
        const auto result = c.layer->on_deadline(at(35));
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::timed_out);
        CHECK(c.port.sent.size() == 2);
    }
}

TEST_CASE("a global request that no packet holds is not sent", "[connection]") {
    Connection c;
    std::optional<Error> why;
    c.handler->port->global_request("x", Bytes(1024 * 1024), Reply<Bytes>::from([&](auto&& answer) {
                                        if (!answer) why = answer.error();
                                    }));
    REQUIRE(why);
    CHECK(why->code == Errc::local_misuse);
    CHECK(c.port.sent.empty());
}
