#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace std::chrono_literals;

namespace {

using Numbers = std::vector<int>;

AuthDecision accept_secret(std::string_view user, std::string_view password) {
    return user == "alice" && password == "secret" ? AuthDecision::success()
                                                   : AuthDecision::failure();
}

std::vector<Bytes> bodies(const PortSpy& port) {
    std::vector<Bytes> all;
    for (const auto& one : port.sent) all.push_back(one.body);
    return all;
}

TEST_CASE("the banner comes once before the first reply", "[auth]") {
    AuthServerRig rig;
    rig.handler->banner_text = "Keep out\r\n";
    REQUIRE(rig.request(auth_request("none")));
    REQUIRE(rig.request(password_request("x")));
    CHECK(rig.port.numbers() == Numbers{53, 51, 51});
    Bytes expected;
    Writer(expected).string("Keep out\r\n").string("");
    CHECK(rig.port.sent[0].body == expected);
}

TEST_CASE("a banner is cut at 64 KiB", "[auth]") {
    AuthServerRig rig;
    rig.handler->banner_text.assign(64 * 1024 + 1, 'b');
    REQUIRE(rig.request(auth_request("none")));
    CHECK(rig.port.sent_as<msg::UserauthBanner>(0).message.size() == 64 * 1024);
}

TEST_CASE("unknown and closed methods fail", "[auth]") {
    AuthServerRig rig;
    rig.handler->allowed = {AuthMethod::publickey};
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(auth_request("hostbased")));
    REQUIRE(rig.request(auth_request("")));
    REQUIRE(rig.request(password_request("secret")));
    REQUIRE(rig.request(interactive_request()));
    REQUIRE(rig.request(auth_request(std::string(100'000, 'm'))));
    CHECK(rig.port.numbers() == Numbers{51, 51, 51, 51, 51});
    CHECK(rig.last_list() == "publickey");
    CHECK(rig.handler->calls == std::vector<std::string>{"methods alice"});
    CHECK(rig.handler->attempts.at(0).reason == "unknown method");
    CHECK(rig.handler->attempts.at(2).reason == "method not allowed now");
    CHECK(rig.handler->attempts.at(4).method == std::string(64, 'm'));
}

TEST_CASE("names that cannot be right fail whatever else is said", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_user = 5;
    AuthServerRig rig(config);
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::success();
    };
    std::string user = "alice", service = "ssh-connection", reason;
    SECTION("user over the limit") {
        user = "alice2";
        reason = "user name too long";
    }
    SECTION("NUL in the user") {
        user = std::string("a\0ice", 5);
        reason = "NUL in user name";
    }
    SECTION("another service") {
        service = "ssh-userauth";
        reason = "unknown service";
    }
    SECTION("no service") {
        service = "";
        reason = "unknown service";
    }
    Bytes body = auth_request("password", user, service);
    Writer(body).boolean(false).string("secret");
    for (int i = 0; i < 5; ++i) REQUIRE(rig.request(body));
    CHECK(rig.port.numbers() == Numbers{51, 51, 51, 51, 51});
    CHECK(rig.handler->calls == std::vector<std::string>{"methods "});
    CHECK(rig.handler->attempts.at(0).reason == reason);
    REQUIRE(rig.request(body));
    CHECK(rig.port.failed);
}

TEST_CASE("a user of the greatest length is asked for", "[auth]") {
    AuthServerRig rig;
    REQUIRE(rig.request(auth_request("none", std::string(1024, 'u'))));
    CHECK(rig.handler->calls.size() == 2);
}

TEST_CASE("user and service may not change", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(auth_request("none", "bob")));
    std::string user = "bob", service = "ssh-connection";
    SECTION("user") {
        user = "alice";
    }
    SECTION("user, longer") {
        user = "bob2";
    }
    SECTION("user, to one over the limit") {
        user.assign(200'000, 'b');
    }
    SECTION("service") {
        service = "ssh-connection2";
    }
    Bytes body = auth_request("password", user, service);
    Writer(body).boolean(false).string("secret");
    const auto result = rig.request(body);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_misbehaved);
    CHECK(result.error().disconnect == Disconnect::protocol_error);
    CHECK(rig.port.numbers() == Numbers{51});
}

TEST_CASE("too many failures end the session", "[auth]") {
    AuthServerRig rig;
    REQUIRE(rig.request(auth_request("none")));
    for (int i = 0; i < 5; ++i) REQUIRE(rig.request(password_request("x")));
    CHECK_FALSE(rig.port.failed);
    CHECK(rig.port.count(51) == 6);
    REQUIRE(rig.request(password_request("x")));
    REQUIRE(rig.port.failed);
    CHECK(rig.port.failed->code == Errc::peer_limit);
    CHECK(rig.port.failed->disconnect == Disconnect::no_more_auth_methods_available);
    CHECK(std::string_view(rig.port.failed->what) == "Too many authentication failures");
    CHECK(rig.port.count(51) == 6);
    CHECK(rig.handler->attempts.size() == 7);
    // Nothing is heard any more.
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(password_request("secret")));
    CHECK(rig.port.users.empty());
}

TEST_CASE("refused offers end the session as well", "[auth]") {
    AuthServerRig rig;
    for (int i = 0; i < 6; ++i) REQUIRE(rig.request(KeyRequest{}.query()));
    CHECK(rig.port.count(51) == 5);
    CHECK(rig.port.failed);
}

TEST_CASE("requests of any kind are counted", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_requests = 8;
    AuthServerRig rig(config);
    rig.handler->check_offer = [](const PublicKey&) { return true; };
    for (int i = 0; i < 8; ++i) REQUIRE(rig.request(KeyRequest{}.query()));
    CHECK(rig.port.count(60) == 8);
    const auto result = rig.request(KeyRequest{}.query());
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_limit);
    CHECK(result.error().disconnect == Disconnect::no_more_auth_methods_available);
}

TEST_CASE("after success requests are ignored", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(password_request("secret")));
    REQUIRE(rig.request(password_request("secret")));
    REQUIRE(rig.request(auth_request("none", "bob")));
    REQUIRE(rig.request({}));
    CHECK(rig.port.numbers() == Numbers{52});
    CHECK(rig.port.users.size() == 1);
    CHECK_FALSE(rig.layer->deadline());
}

TEST_CASE("messages of a server end the session", "[auth]") {
    const auto number =
        GENERATE(std::uint8_t{51}, std::uint8_t{52}, std::uint8_t{53}, std::uint8_t{60});
    AuthServerRig rig;
    if (GENERATE(false, true)) REQUIRE(rig.request(auth_request("none")));
    const auto result = rig.receive(number, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_misbehaved);
    CHECK(result.error().disconnect == Disconnect::protocol_error);
    CHECK(rig.port.users.empty());
}

TEST_CASE("other numbers of the range are unimplemented", "[auth]") {
    AuthServerRig rig;
    for (int number : {54, 59, 61, 62, 66, 79}) {
        const auto result = rig.receive(static_cast<std::uint8_t>(number), {});
        REQUIRE_FALSE(result);
        CHECK(result.error().code == Errc::unsupported);
    }
}

TEST_CASE("input that was not held back is refused", "[auth]") {
    AuthServerRig rig;
    rig.handler->late = true;
    REQUIRE(rig.request(password_request("x")));
    const auto result = rig.request(password_request("y"));
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::internal);
    CHECK(rig.handler->calls.back() == "password x");
}

TEST_CASE("failures wait for their time", "[auth]") {
    AuthConfig config;
    config.failure_delay = 50ms;
    config.grace = 0s;
    AuthServerRig rig(config);
    rig.handler->check_password = accept_secret;
    const Instant arrival = rig.port.time = Instant{} + 10s;

    SECTION("whatever the reason") {
        Bytes body = password_request("x");
        SECTION("wrong password") {}
        SECTION("unknown user") {
            body = password_request("x", "nobody");
        }
        SECTION("unknown method") {
            body = auth_request("hostbased");
        }
        SECTION("user with a NUL") {
            body = password_request("secret", std::string_view("ali\0ce", 6));
        }
        SECTION("refused offer") {
            body = KeyRequest{}.query();
        }
        SECTION("password over the limit") {
            body = password_request(std::string(5000, 'x'));
        }
        REQUIRE(rig.request(body));
        CHECK(rig.port.sent.empty());
        CHECK(rig.held());
        CHECK(rig.handler->attempts.size() == 1);
        REQUIRE(rig.layer->deadline() == arrival + 50ms);
        REQUIRE(rig.layer->on_deadline(arrival + 49ms));
        CHECK(rig.port.sent.empty());
        REQUIRE(rig.layer->on_deadline(arrival + 50ms));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK_FALSE(rig.held());
        CHECK_FALSE(rig.layer->deadline());
    }
    SECTION("also late ones") {
        rig.handler->late = true;
        REQUIRE(rig.request(password_request("x")));
        REQUIRE(rig.layer->deadline() == arrival + 50ms);
        rig.handler->decisions.at(0)(AuthDecision::failure());
        CHECK(rig.port.sent.empty());
        CHECK(rig.held());
        REQUIRE(rig.layer->on_deadline(arrival + 50ms));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.port.holds == 1);
        CHECK_FALSE(rig.held());
    }
    SECTION("but no longer") {
        rig.handler->late = true;
        REQUIRE(rig.request(password_request("x")));
        REQUIRE(rig.layer->on_deadline(arrival + 50ms));
        CHECK(rig.port.sent.empty());
        CHECK_FALSE(rig.layer->deadline());
        rig.handler->decisions.at(0)(AuthDecision::failure());
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK_FALSE(rig.held());
    }
    SECTION("and success does not") {
        REQUIRE(rig.request(password_request("secret")));
        CHECK(rig.port.numbers() == Numbers{52});
        CHECK(rig.port.holds == 0);
    }
    SECTION("nor does the first none") {
        REQUIRE(rig.request(auth_request("none")));
        CHECK(rig.port.numbers() == Numbers{51});
        REQUIRE(rig.request(auth_request("none")));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.held());
    }
    SECTION("and so does the end of the session") {
        for (int i = 0; i < 6; ++i) {
            CHECK_FALSE(rig.port.failed);
            REQUIRE(rig.request(password_request("x")));
            CHECK_FALSE(rig.port.failed);
            rig.port.time += 50ms;
            REQUIRE(rig.layer->on_deadline(rig.port.time));
        }
        CHECK(rig.port.failed);
    }
    SECTION("wrong answers to questions too") {
        rig.handler->first_step = [](std::string_view) {
            return InteractiveStep{"", "", {{"?", false}}, {}};
        };
        REQUIRE(rig.request(interactive_request()));
        CHECK(rig.port.numbers() == Numbers{60});
        rig.port.time += 20s;
        REQUIRE(rig.receive(61, info_response({"x"})));
        CHECK(rig.port.numbers() == Numbers{60});
        CHECK(rig.layer->deadline() == arrival + 20s + 50ms);
    }
}

TEST_CASE("the time for the login runs from the start of the session", "[auth]") {
    const Instant start = Instant{} + 100s;
    AuthServerRig rig(AuthServerRig::undelayed(), start);
    CHECK(rig.layer->deadline() == start + 120s);
    SECTION("before the service is asked for") {}
    SECTION("after it") {
        rig.port.time = start + 60s;
        REQUIRE(rig.request(auth_request("none")));
        CHECK(rig.layer->deadline() == start + 120s);
    }
    SECTION("while the handler thinks") {
        rig.handler->late = true;
        REQUIRE(rig.request(password_request("x")));
    }
    REQUIRE(rig.layer->on_deadline(start + 119s));
    const auto result = rig.layer->on_deadline(start + 120s);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::timed_out);
}

TEST_CASE("without a start the time for the login runs from on_start", "[auth]") {
    AuthServerRig rig;
    CHECK_FALSE(rig.layer->deadline());
    rig.port.time = Instant{} + 7s;
    rig.start();
    CHECK(rig.layer->deadline() == Instant{} + 127s);
}

TEST_CASE("after the login there is no deadline", "[auth]") {
    AuthServerRig rig(AuthServerRig::undelayed(), Instant{});
    rig.handler->check_password = accept_secret;
    REQUIRE(rig.request(password_request("secret")));
    CHECK_FALSE(rig.layer->deadline());
    CHECK(rig.layer->on_deadline(Instant{} + 1000s));
}

TEST_CASE("an unknown user fares like a known one", "[auth]") {
    const auto run = [](std::string_view user) {
        AuthServerRig rig;
        rig.handler->check_password = accept_secret;
        rig.handler->banner_text = "hello";
        KeyRequest key;
        key.user = user;
        CHECK(rig.request(auth_request("none", user)));
        CHECK(rig.request(password_request("guess", user)));
        CHECK(rig.request(key.query()));
        Bytes interactive = auth_request("keyboard-interactive", user);
        Writer(interactive).string("").string("");
        CHECK(rig.request(interactive));
        Bytes bad = key.query();
        bad.pop_back();
        const auto result = rig.request(bad);
        CHECK_FALSE(result);
        return std::make_tuple(rig.port.numbers(), bodies(rig.port), rig.port.holds,
                               result.error().disconnect);
    };
    CHECK(run("alice") == run("nobody"));
    CHECK(run("alice") == run(std::string_view("\0", 1)));
}

TEST_CASE("malformed requests end the session before anyone is looked up", "[auth]") {
    const KeyRequest key;
    KeyRequest bound;
    bound.method = kHostbound;
    bound.host_key = to_bytes(as_bytes("the host key"));
    const std::vector<Bytes> requests{
        password_request("secret"),
        change_request("secret", "new"),
        key.query(),
        key.signed_request(as_bytes("the session's identifier")),
        bound.query(),
        bound.signed_request(as_bytes("the session's identifier")),
        interactive_request("pam"),
    };
    const auto refused = [](const Bytes& body) {
        AuthServerRig rig;
        const auto result = rig.request(body);
        if (result || result.error().code != Errc::peer_malformed ||
            result.error().disconnect != Disconnect::protocol_error)
            return false;
        return rig.handler->calls.empty() && rig.port.sent.empty();
    };
    for (const auto& request : requests) {
        AuthServerRig rig;
        CHECK(rig.request(request));
        for (std::size_t n = 0; n < request.size(); ++n) {
            CAPTURE(n);
            CHECK(refused({request.begin(), request.begin() + static_cast<std::ptrdiff_t>(n)}));
        }
        Bytes longer = request;
        longer.push_back(0);
        CHECK(refused(longer));
    }
    Bytes none = auth_request("none");
    none.push_back(0);
    CHECK(refused(none));
    // Every length field in turn with its top bit set.
    Bytes body = password_request("secret");
    for (std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{27}, std::size_t{40}}) {
        Bytes lies = body;
        lies[at] = 0x80;
        CHECK(refused(lies));
    }
}

TEST_CASE("exhausted memory ends the session without a login", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = accept_secret;
    rig.port.fail_frame_at = 0;
    REQUIRE(rig.request(password_request("guess")));
    CHECK(rig.port.failed);
    CHECK(rig.port.sent.empty());
}

}  // namespace
