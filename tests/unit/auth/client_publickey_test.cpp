#include "support/auth_client_rig.hpp"
#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

const Bytes kBlobA = fake_blob("ssh-ed25519", "A");

/// A client that was told that only keys are taken.
struct KeyClient : AuthClientRig {
    explicit KeyClient(AuthClientConfig config = {"alice"}) : AuthClientRig(std::move(config)) {}
    void begin() {
        REQUIRE(start());
        REQUIRE(fail_with("publickey"));
    }
    ByteView id() const { return port.session.session_id; }
    std::string offered_algorithm() const {
        const auto request = port.sent_as<msg::UserauthRequest>(port.sent.size() - 1);
        const auto data = decode<msg::PublickeyData>(request.method_data.bytes);
        return data ? std::string(data->public_key_algorithm_name) : std::string();
    }
};

TEST_CASE("a key is offered and then signs", "[auth]") {
    KeyClient rig;
    const auto& key = rig.add_key("ssh-ed25519", "A");
    rig.begin();
    CHECK(rig.last(50) == KeyRequest{}.query());
    CHECK(key.signed_data.empty());
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
    CHECK(key.signed_data.size() == 1);
    CHECK(rig.last(50) == KeyRequest{}.signed_request(rig.id()));
    REQUIRE(rig.receive(msg::UserauthSuccess{}));
    CHECK(rig.port.users.size() == 1);
}

TEST_CASE("keys are offered in order", "[auth]") {
    KeyClient rig;
    for (const auto* name : {"A", "B", "C"}) rig.add_key("ssh-ed25519", name);
    rig.handler->signers.insert(rig.handler->signers.begin() + 1, nullptr);
    rig.begin();
    KeyRequest request;
    for (const auto* name : {"A", "B", "C"}) {
        request.blob = fake_blob("ssh-ed25519", name);
        CHECK(rig.last(50) == request.query());
        REQUIRE(rig.fail_with("publickey"));
    }
    CHECK(rig.port.failed);
    CHECK(rig.handler->calls == std::vector<std::string>{"keys"});
}

TEST_CASE("a key whose signature is refused is followed by the next", "[auth]") {
    KeyClient rig;
    rig.add_key("ssh-ed25519", "A");
    rig.add_key("ssh-ed25519", "B");
    rig.begin();
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
    REQUIRE(rig.fail_with("publickey"));
    KeyRequest request;
    request.blob = fake_blob("ssh-ed25519", "B");
    CHECK(rig.last(50) == request.query());
}

TEST_CASE("a key that takes its time signs elsewhere", "[auth]") {
    KeyClient rig;
    LateExecutor executor;
    rig.port.jobs = &executor;
    auto& key = rig.add_key("ssh-ed25519", "A");
    key.slow = true;
    rig.begin();
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
    CHECK(key.signed_data.empty());
    REQUIRE(executor.jobs.size() == 1);
    SECTION("and then logs in") {
        executor.run_all();
        CHECK(rig.last(50) == KeyRequest{}.signed_request(rig.id()));
    }
    SECTION("and finds the session gone") {
        rig.layer.reset();
        rig.port.sent.clear();
        executor.run_all();
        CHECK(rig.port.sent.empty());
    }
}

TEST_CASE("a signature comes later", "[auth]") {
    KeyClient rig;
    auto& key = rig.add_key("ssh-ed25519", "A");
    rig.add_key("ssh-ed25519", "B");
    key.late = true;
    rig.begin();
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
    CHECK(rig.held());
    SECTION("at last") {
        key.replies.at(0)(Signature{fake_signature("ssh-ed25519", kBlobA, key.signed_data.at(0))});
        CHECK(rig.last(50) == KeyRequest{}.signed_request(rig.id()));
    }
    SECTION("never: the next key is tried") {
        key.replies.clear();
        KeyRequest request;
        request.blob = fake_blob("ssh-ed25519", "B");
        CHECK(rig.last(50) == request.query());
    }
    CHECK_FALSE(rig.held());
}

TEST_CASE("a key that cannot sign is followed by the next", "[auth]") {
    KeyClient rig;
    rig.add_key("ssh-ed25519", "A").error = Error{Errc::crypto_failed, Disconnect::none, 0, "no"};
    rig.begin();
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
    CHECK(rig.port.failed);
}

TEST_CASE("the algorithm of an RSA key is one of the server's", "[auth]") {
    AuthClientConfig config{"alice"};
    std::string server, expected;
    SECTION("the best when it says nothing") {
        expected = "rsa-sha2-512";
    }
    SECTION("the best of its list") {
        server = "ssh-ed25519,ssh-rsa,rsa-sha2-256";
        expected = "rsa-sha2-256";
    }
    SECTION("never SHA-1") {
        server = "ssh-rsa";
    }
    SECTION("unless configured") {
        server = "ssh-rsa";
        config.pubkey_algorithms = {"ssh-rsa"};
        expected = "ssh-rsa";
    }
    SECTION("no other than configured") {
        config.pubkey_algorithms = {"rsa-sha2-256"};
        expected = "rsa-sha2-256";
    }
    KeyClient rig(config);
    rig.port.session.server_sig_algs = server;
    rig.add_key("ssh-rsa", "R");
    rig.begin();
    CHECK(rig.offered_algorithm() == expected);
    CHECK(rig.port.failed.has_value() == expected.empty());
}

TEST_CASE("other keys are offered whatever the server's list", "[auth]") {
    KeyClient rig;
    rig.port.session.server_sig_algs = "rsa-sha2-512";
    rig.add_key("ssh-ed25519", "A");
    rig.begin();
    CHECK(rig.offered_algorithm() == "ssh-ed25519");
}

TEST_CASE("publickey-hostbound is used where the server knows it", "[auth]") {
    KeyClient rig;
    rig.port.session.peer_hostbound = true;
    rig.add_key("ssh-ed25519", "A");
    rig.begin();
    KeyRequest request;
    request.method = kHostbound;
    request.host_key = rig.port.session.host_key;
    CHECK(rig.last(50) == request.query());
    REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
    CHECK(rig.last(50) == request.signed_request(rig.id()));
}

TEST_CASE("PK_OK is taken for the offered key only, once", "[auth]") {
    KeyClient rig;
    const auto& key = rig.add_key("ssh-ed25519", "A");
    rig.begin();
    Result<void> result;
    std::size_t signatures = 0;
    SECTION("another key") {
        result = rig.receive(msg::UserauthPkOk{"ssh-ed25519", fake_blob("ssh-ed25519", "B")});
    }
    SECTION("twice") {
        REQUIRE(rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA}));
        result = rig.receive(msg::UserauthPkOk{"ssh-ed25519", kBlobA});
        signatures = 1;
    }
    SECTION("malformed") {
        result = rig.receive(60, Bytes{0, 0, 0, 9});
    }
    REQUIRE_FALSE(result);
    CHECK(result.error().disconnect == Disconnect::protocol_error);
    CHECK(key.signed_data.size() == signatures);
}

TEST_CASE("at most 256 keys are offered", "[auth]") {
    KeyClient rig;
    for (int i = 0; i < 300; ++i) rig.add_key("ssh-ed25519", std::to_string(i));
    rig.begin();
    while (!rig.port.failed && rig.port.sent.size() < 400) REQUIRE(rig.fail_with("publickey"));
    CHECK(rig.port.sent.size() == 1 + 256);
}

}  // namespace
