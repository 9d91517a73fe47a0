#include "support/auth_client_rig.hpp"
#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

TEST_CASE("a client begins with none", "[auth]") {
    AuthClientRig rig;
    CHECK(rig.layer->service() == "ssh-userauth");
    REQUIRE(rig.start());
    CHECK(rig.last(50) == auth_request("none"));
    REQUIRE(rig.receive(msg::UserauthSuccess{}));
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
    CHECK(rig.port.numbers() == Numbers{50});
}

TEST_CASE("methods are tried in the order of the configuration", "[auth]") {
    AuthClientRig rig;
    rig.handler->passwords = {"one"};
    rig.handler->answer_prompts = [](std::span<const Prompt>) {
        return std::vector<std::string>{"x"};
    };
    rig.add_key("ssh-ed25519", "A");
    REQUIRE(rig.start());
    const std::string all = "password,keyboard-interactive,publickey,hostbased";
    REQUIRE(rig.fail_with(all));
    CHECK(rig.port.sent_as<msg::UserauthRequest>(1).method_name == "publickey");
    REQUIRE(rig.fail_with(all));
    CHECK(rig.port.sent_as<msg::UserauthRequest>(2).method_name == "keyboard-interactive");
    REQUIRE(rig.fail_with(all));
    CHECK(rig.last(50) == password_request("one"));
    REQUIRE(rig.fail_with(all));
    REQUIRE(rig.port.failed);
    CHECK(rig.port.failed->code == Errc::peer_refused);
    CHECK(rig.port.failed->disconnect == Disconnect::no_more_auth_methods_available);
    CHECK(rig.handler->calls == std::vector<std::string>{"keys", "password 0", "password 1"});
}

TEST_CASE("only methods of the server's list are tried", "[auth]") {
    AuthClientRig rig;
    rig.handler->passwords = {"one"};
    rig.add_key("ssh-ed25519", "A");
    REQUIRE(rig.start());
    SECTION("one") {
        REQUIRE(rig.fail_with("password"));
        CHECK(rig.last(50) == password_request("one"));
        CHECK(rig.handler->calls == std::vector<std::string>{"password 0"});
    }
    SECTION("none") {
        REQUIRE(rig.fail_with(""));
        CHECK(rig.port.failed);
        CHECK(rig.handler->calls.empty());
    }
    SECTION("unknown ones") {
        REQUIRE(rig.fail_with("hostbased,gssapi-with-mic"));
        CHECK(rig.port.failed);
    }
    SECTION("a list that changes") {
        REQUIRE(rig.fail_with("password,publickey"));
        REQUIRE(rig.fail_with("keyboard-interactive"));
        CHECK(rig.port.sent_as<msg::UserauthRequest>(2).method_name == "keyboard-interactive");
    }
}

TEST_CASE("a server cannot ask for one factor more for ever", "[auth]") {
    AuthClientRig rig;
    // More keys than it may ask for.
    for (char name = 'A'; name <= 'Z'; ++name)
        rig.add_key("ssh-ed25519", std::string_view(&name, 1));
    REQUIRE(rig.start());
    REQUIRE(rig.fail_with("publickey"));
    for (int i = 0; i < 8; ++i) REQUIRE(rig.fail_with("publickey", true));
    CHECK_FALSE(rig.port.failed);
    const auto refused = rig.fail_with("publickey", true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::peer_limit);
}

TEST_CASE("partial success goes on with the next method", "[auth]") {
    AuthClientRig rig;
    rig.handler->passwords = {"one"};
    rig.add_key("ssh-ed25519", "A");
    rig.add_key("ssh-ed25519", "B");
    REQUIRE(rig.start());
    REQUIRE(rig.fail_with("publickey"));
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", fake_blob("ssh-ed25519", "A")}));
    SECTION("another one") {
        REQUIRE(rig.fail_with("password", true));
        CHECK(rig.last(50) == password_request("one"));
        CHECK(rig.handler->calls ==
              std::vector<std::string>{"keys", "partial password", "password 0"});
    }
    SECTION("the same with another key") {
        REQUIRE(rig.fail_with("publickey", true));
        KeyRequest other;
        other.blob = fake_blob("ssh-ed25519", "B");
        CHECK(rig.last(50) == other.query());
        // Refused: there is no third key, and the first was used.
        REQUIRE(rig.fail_with("publickey"));
        CHECK(rig.port.failed);
    }
    SECTION("but not without end") {
        REQUIRE(rig.fail_with("keyboard-interactive", true));
        Result<void> result;
        int more = 0;
        while (result && !rig.port.failed && ++more < 100)
            result = rig.fail_with("keyboard-interactive", true);
        CHECK(more < 10);
        CHECK((!result || rig.port.failed));
    }
}

TEST_CASE("a key refused in one step is tried in the next", "[auth]") {
    AuthClientRig rig;
    rig.add_key("ssh-ed25519", "A");
    rig.add_key("ssh-ed25519", "B");
    REQUIRE(rig.start());
    REQUIRE(rig.fail_with("publickey"));
    REQUIRE(rig.fail_with("publickey"));
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", fake_blob("ssh-ed25519", "B")}));
    REQUIRE(rig.fail_with("publickey", true));
    CHECK(rig.last(50) == KeyRequest{}.query());
}

TEST_CASE("banners are shown up to 64 KiB", "[auth]") {
    AuthClientRig rig;
    REQUIRE(rig.start());
    REQUIRE(rig.receive(msg::UserauthBanner{"hello", "en"}));
    CHECK(rig.handler->calls == std::vector<std::string>{"banner hello"});
    const std::string rest(64 * 1024 - (8 + 5 + 2) - 8, 'b');
    REQUIRE(rig.receive(msg::UserauthBanner{rest, ""}));
    const auto result = rig.receive(msg::UserauthBanner{"", ""});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_limit);
}

TEST_CASE("messages of a client from a server end the session", "[auth]") {
    AuthClientRig rig;
    REQUIRE(rig.start());
    if (GENERATE(false, true)) REQUIRE(rig.receive(msg::UserauthSuccess{}));
    const auto result = rig.receive(GENERATE(std::uint8_t{50}, std::uint8_t{61}), {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_misbehaved);
}

TEST_CASE("a second verdict ends the session", "[auth]") {
    AuthClientRig rig;
    REQUIRE(rig.start());
    REQUIRE(rig.receive(msg::UserauthSuccess{}));
    const auto number = GENERATE(std::uint8_t{51}, std::uint8_t{52});
    const auto result = rig.receive(number, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_misbehaved);
    CHECK(rig.port.users.size() == 1);
}

TEST_CASE("a method message to none ends the session", "[auth]") {
    AuthClientRig rig;
    REQUIRE(rig.start());
    const auto result = rig.receive(60, {});
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Errc::peer_misbehaved);
}

TEST_CASE("a client takes nothing malformed", "[auth]") {
    const auto refused = [](std::uint8_t number, const Bytes& body) {
        AuthClientRig rig;
        if (!rig.start()) return false;
        const auto result = rig.receive(number, body);
        return !result && result.error().code == Errc::peer_malformed && rig.port.users.empty();
    };
    Bytes failure, banner;
    write_body(msg::UserauthFailure{NameList("password"), false}, failure);
    write_body(msg::UserauthBanner{"text", "en"}, banner);
    for (std::size_t n = 0; n < failure.size(); ++n)
        CHECK(refused(51, {failure.begin(), failure.begin() + static_cast<std::ptrdiff_t>(n)}));
    for (std::size_t n = 0; n < banner.size(); ++n)
        CHECK(refused(53, {banner.begin(), banner.begin() + static_cast<std::ptrdiff_t>(n)}));
    failure.push_back(0);
    banner.push_back(0);
    CHECK(refused(51, failure));
    CHECK(refused(52, {0}));
    CHECK(refused(53, banner));
}

TEST_CASE("messages that are too long are not sent", "[auth]") {
    AuthClientRig rig;
    rig.handler->passwords = {std::string(200'000, 'p')};
    REQUIRE(rig.start());
    REQUIRE(rig.fail_with("password"));
    REQUIRE(rig.port.failed);
    CHECK(rig.port.failed->code == Errc::local_limit);
    CHECK(rig.port.numbers() == Numbers{50});
}

}  // namespace
