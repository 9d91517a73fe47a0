#include "support/auth_client_rig.hpp"
#include "support/auth_requests.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

/// Client and server joined in memory.
struct Pair {
    AuthServerRig server;
    AuthClientRig client;

    /// Hands packets over until nothing moves.
    void run() {
        if (!started_) CHECK(client.start());
        started_ = true;
        while (step(client.port, server, to_server_) || step(server.port, client, to_client_)) {
        }
    }
    bool logged_in() const {
        return server.port.users == std::vector<std::string>{"alice"} &&
               client.port.users == server.port.users;
    }

  private:
    template <class Rig>
    static bool step(const PortSpy& from, Rig& to, std::size_t& done) {
        if (done == from.sent.size() || to.held() || to.port.failed) return false;
        const SentPacket packet = from.sent[done++];
        CHECK(to.receive(packet.number, packet.body));
        return true;
    }
    bool started_ = false;
    std::size_t to_server_ = 0, to_client_ = 0;
};

TEST_CASE("client and server agree on a key", "[auth]") {
    Pair pair;
    pair.server.handler->banner_text = "hello";
    pair.server.handler->check_offer = [](const PublicKey& key) {
        return same_bytes(key.blob(), fake_blob("ssh-rsa", "R"));
    };
    pair.server.handler->check_key = [](const PublicKey&) { return AuthDecision::success(); };
    pair.client.port.session.peer_hostbound = GENERATE(false, true);
    pair.client.add_key("ssh-ed25519", "A");
    pair.client.add_key("ssh-rsa", "R");
    pair.run();
    CHECK(pair.logged_in());
    CHECK(pair.client.handler->calls == std::vector<std::string>{"banner hello", "keys"});
    CHECK(pair.server.handler->attempts.back().algorithm == "rsa-sha2-512");
}

TEST_CASE("client and server agree on real keys", "[auth]") {
    const auto* type = GENERATE("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa");
    const Provider& provider = botan_provider();
    auto made = provider.generate(type, 2048, system_rng());
    REQUIRE(made);
    auto signer = provider.signer(*made);
    REQUIRE(signer);

    Pair pair;
    pair.server.handler->allowed = {AuthMethod::publickey};
    pair.server.handler->check_offer = [](const PublicKey&) { return true; };
    pair.server.handler->check_key = [](const PublicKey&) { return AuthDecision::success(); };
    pair.server.port.crypto = pair.client.port.crypto = &provider;
    pair.client.handler->signers = {*signer};
    SECTION("in the same session") {
        pair.run();
        CHECK(pair.logged_in());
        CHECK(pair.server.handler->attempts.back().key == made->public_blob);
    }
    SECTION("but not in another") {
        pair.client.port.session.session_id.back() ^= 1;
        pair.run();
        CHECK_FALSE(pair.logged_in());
        CHECK(pair.server.handler->attempts.back().reason == "wrong signature");
    }
}

TEST_CASE("client and server do not agree across sessions", "[auth]") {
    Pair pair;
    pair.server.handler->allowed = {AuthMethod::publickey};
    pair.server.handler->check_offer = [](const PublicKey&) { return true; };
    pair.server.handler->check_key = [](const PublicKey&) { return AuthDecision::success(); };
    pair.client.port.session.session_id.push_back(0);
    pair.client.add_key("ssh-ed25519", "A");
    pair.run();
    CHECK_FALSE(pair.logged_in());
    CHECK(pair.client.port.failed);
    CHECK(pair.server.handler->attempts.back().reason == "wrong signature");
}

TEST_CASE("client and server agree on a password, its change and questions", "[auth]") {
    Pair pair;
    auto& handler = *pair.server.handler;
    handler.allowed = {AuthMethod::password};
    handler.check_password = [](std::string_view, std::string_view password) {
        return password == "old" ? AuthDecision::change_password("expired")
                                 : AuthDecision::failure();
    };
    handler.check_change = [](std::string_view old, std::string_view fresh) {
        return old == "old" && fresh == "new"
                   ? AuthDecision::partial({AuthMethod::keyboard_interactive})
                   : AuthDecision::failure();
    };
    handler.first_step = [](std::string_view) {
        return InteractiveStep{"", "", {{"Code: ", true}}, {}};
    };
    handler.next_step = [](const std::vector<std::string>& answers) {
        return AuthHandlerSpy::decide(answers.at(0) == "1234" ? AuthDecision::success()
                                                              : AuthDecision::failure());
    };
    pair.client.handler->passwords = {"wrong", "old"};
    pair.client.handler->new_passwords = {"new"};
    pair.client.handler->answer_prompts = [](std::span<const Prompt>) {
        return std::vector<std::string>{"1234"};
    };
    pair.run();
    CHECK(pair.logged_in());
    CHECK(handler.failures == 1);
}

TEST_CASE("client and server agree when both are late", "[auth]") {
    Pair pair;
    LateExecutor executor;
    pair.server.port.jobs = &executor;
    pair.server.handler->late = true;
    auto& key = pair.client.add_key("ssh-rsa", "A");
    key.late = true;
    pair.run();
    pair.server.handler->decisions.at(0)(AuthDecision::failure());  // none
    pair.run();
    pair.server.handler->offers.at(0)(true);
    pair.run();
    key.replies.at(0)(
        Signature{fake_signature("rsa-sha2-512", key.public_blob(), key.signed_data.at(0))});
    pair.run();
    CHECK(executor.jobs.size() == 1);
    executor.run_all();
    pair.run();
    CHECK_FALSE(pair.logged_in());
    pair.server.handler->decisions.at(1)(AuthDecision::success());
    pair.run();
    CHECK(pair.logged_in());
}

TEST_CASE("a client without luck leaves with reason 14", "[auth]") {
    Pair pair;
    pair.client.handler->passwords = {"a", "b", "c"};
    pair.run();
    REQUIRE(pair.client.port.failed);
    CHECK(pair.client.port.failed->disconnect == Disconnect::no_more_auth_methods_available);
    CHECK(pair.server.handler->failures == 3);
}

}  // namespace
