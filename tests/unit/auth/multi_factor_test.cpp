#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

/// Wants password, key A and keyboard-interactive, each once, in any order.
struct ChainServer : AuthServerRig {
    ChainServer() {
        handler->check_password = [this](std::string_view, std::string_view password) {
            return password == "secret" ? step(AuthMethod::password) : AuthDecision::failure();
        };
        handler->check_key = [this](const PublicKey&) { return step(AuthMethod::publickey); };
        handler->check_offer = [](const PublicKey&) { return true; };
        handler->first_step = [this](std::string_view) {
            return AuthHandlerSpy::decide(step(AuthMethod::keyboard_interactive));
        };
    }
    AuthDecision step(AuthMethod method) {
        AuthMethods left = handler->allowed;
        for (auto m :
             {AuthMethod::publickey, AuthMethod::password, AuthMethod::keyboard_interactive})
            if (handler->succeeded.contains(m)) left.remove(m);
        left.remove(method);
        return left.empty() ? AuthDecision::success() : AuthDecision::partial(left);
    }
    Bytes request_of(AuthMethod method) const {
        if (method == AuthMethod::password) return password_request("secret");
        if (method == AuthMethod::keyboard_interactive) return interactive_request();
        return KeyRequest{}.signed_request(port.session.session_id);
    }
};

TEST_CASE("a chain of methods succeeds in every order", "[auth]") {
    std::vector<AuthMethod> order{AuthMethod::publickey, AuthMethod::password,
                                  AuthMethod::keyboard_interactive};
    do {
        ChainServer rig;
        AuthMethods left = rig.handler->allowed;
        for (std::size_t i = 0; i < order.size(); ++i) {
            REQUIRE(rig.request(rig.request_of(order[i])));
            left.remove(order[i]);
            if (i == 2) break;
            const auto failure = rig.port.sent_as<msg::UserauthFailure>(i);
            CHECK(failure.partial_success);
            CHECK(rig.last_list() == left.name_list());
            CHECK(rig.port.users.empty());
        }
        CHECK(rig.port.numbers() == Numbers{51, 51, 52});
        CHECK(rig.port.users == std::vector<std::string>{"alice"});
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a method that succeeded does not stand for another", "[auth]") {
    ChainServer rig;
    REQUIRE(rig.request(rig.request_of(AuthMethod::password)));
    const std::size_t calls = rig.handler->calls.size();
    REQUIRE(rig.request(rig.request_of(AuthMethod::password)));
    CHECK(rig.handler->calls.size() == calls);
    CHECK_FALSE(rig.port.sent_as<msg::UserauthFailure>(1).partial_success);
    CHECK(rig.last_list() == "publickey,keyboard-interactive");
    CHECK(rig.port.users.empty());
}

TEST_CASE("a failure in a chain keeps what was reached", "[auth]") {
    ChainServer rig;
    REQUIRE(rig.request(rig.request_of(AuthMethod::publickey)));
    REQUIRE(rig.request(password_request("guess")));
    CHECK_FALSE(rig.port.sent_as<msg::UserauthFailure>(1).partial_success);
    CHECK(rig.last_list() == "password,keyboard-interactive");
    CHECK(rig.handler->succeeded == AuthMethods{AuthMethod::publickey});
    REQUIRE(rig.request(rig.request_of(AuthMethod::password)));
    CHECK(rig.handler->failures == 1);
    REQUIRE(rig.request(rig.request_of(AuthMethod::keyboard_interactive)));
    CHECK(rig.port.numbers() == Numbers{51, 51, 51, 52});
}

TEST_CASE("a key is one factor only", "[auth]") {
    AuthServerRig rig;
    int verified = 0;
    rig.handler->check_offer = [](const PublicKey&) { return true; };
    rig.handler->check_key = [&](const PublicKey&) {
        return ++verified == 1 ? AuthDecision::partial({AuthMethod::publickey})
                               : AuthDecision::success();
    };
    const ByteView id = rig.port.session.session_id;
    REQUIRE(rig.request(KeyRequest{}.signed_request(id)));
    REQUIRE(rig.request(KeyRequest{}.query()));
    REQUIRE(rig.request(KeyRequest{}.signed_request(id)));
    CHECK(rig.port.numbers() == Numbers{51, 51, 51});
    CHECK(rig.handler->attempts.back().reason == "key used before in this login");
    CHECK(verified == 1);

    KeyRequest other;
    other.blob = fake_blob("ssh-ed25519", "B");
    REQUIRE(rig.request(other.signed_request(id)));
    CHECK(rig.port.numbers() == Numbers{51, 51, 51, 52});
}

TEST_CASE("a partial success that leads nowhere is a failure", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::partial({AuthMethod::none});
    };
    REQUIRE(rig.request(password_request("x")));
    CHECK_FALSE(rig.port.sent_as<msg::UserauthFailure>(0).partial_success);
    CHECK(rig.last_list() == "publickey,password,keyboard-interactive");
}

TEST_CASE("partial success is no failure, but a request", "[auth]") {
    AuthConfig config = AuthServerRig::undelayed();
    config.max_attempts = 1;
    config.max_requests = 4;
    AuthServerRig rig(config);
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::partial({AuthMethod::password});
    };
    for (int i = 0; i < 4; ++i) REQUIRE(rig.request(password_request("x")));
    CHECK(rig.port.count(51) == 4);
    CHECK_FALSE(rig.port.failed);
    CHECK_FALSE(rig.request(password_request("x")));
}

std::shared_ptr<const LoginRestrictions> forced(std::string command) {
    auto restrictions = std::make_shared<LoginRestrictions>();
    restrictions->force_command = std::move(command);
    return restrictions;
}

TEST_CASE("a login keeps the restrictions of its key through the factors after it", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_key = [](const PublicKey&) {
        return AuthDecision::partial({AuthMethod::password}, forced("uptime"));
    };
    rig.handler->check_password = [](std::string_view, std::string_view) {
        auto no_pty = std::make_shared<LoginRestrictions>();
        no_pty->pty = false;
        return AuthDecision::success(no_pty);
    };
    REQUIRE(rig.request(KeyRequest{}.signed_request(rig.port.session.session_id)));
    CHECK(rig.port.session.restrictions == nullptr);
    REQUIRE(rig.request(password_request("secret")));
    REQUIRE(rig.port.users.size() == 1);
    REQUIRE(rig.port.session.restrictions != nullptr);
    CHECK(rig.port.session.restrictions->force_command == "uptime");
    CHECK_FALSE(rig.port.session.restrictions->pty);
    CHECK(rig.port.session.restrictions->x11_forwarding);
}

TEST_CASE("a factor without restrictions takes none away", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_key = [](const PublicKey&) {
        return AuthDecision::partial({AuthMethod::password}, forced("uptime"));
    };
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::success();
    };
    REQUIRE(rig.request(KeyRequest{}.signed_request(rig.port.session.session_id)));
    REQUIRE(rig.request(password_request("secret")));
    REQUIRE(rig.port.session.restrictions != nullptr);
    CHECK(*rig.port.session.restrictions == *forced("uptime"));
}

TEST_CASE("factors whose forced commands differ make no login", "[auth]") {
    AuthServerRig rig;
    rig.handler->check_key = [](const PublicKey&) {
        return AuthDecision::partial({AuthMethod::password}, forced("uptime"));
    };
    rig.handler->check_password = [](std::string_view, std::string_view) {
        return AuthDecision::success(forced("date"));
    };
    REQUIRE(rig.request(KeyRequest{}.signed_request(rig.port.session.session_id)));
    REQUIRE(rig.request(password_request("secret")));
    CHECK(rig.port.numbers() == Numbers{51, 51});
    CHECK(rig.port.users.empty());
    CHECK(rig.handler->attempts.back().reason == "two different forced commands");
}

}  // namespace
