// Two sessions joined in memory: identification, key exchange, strict key exchange, rekey.
#include "support/fake_keys.hpp"
#include "support/layer_spy.hpp"
#include "support/session_pair.hpp"

#include <nacre/wire/message/transport.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

/// Layers that record, below a transport with real keys.
struct Stack {
    std::shared_ptr<LayerRecord> auth = std::make_shared<LayerRecord>();
    std::shared_ptr<LayerRecord> connection = std::make_shared<LayerRecord>();
    std::shared_ptr<TransportConfig> config = std::make_shared<TransportConfig>();

    SessionParts parts() {
        SessionParts p;
        p.config = config;
        p.auth = std::make_unique<LayerSpy>(auth, "ssh-userauth");
        p.connection = std::make_unique<LayerSpy>(connection, "ssh-connection");
        return p;
    }
};

struct Fixture {
    Fixture() {
        server.config->host_keys = {host_key("ssh-ed25519")};
        client.config->host_key_verifier = trust;
    }
    void connect(std::size_t chunk = 0) {
        REQUIRE(pair.start(client.parts(), server.parts()));
        pair.run(chunk);
    }
    void authenticate() {
        REQUIRE(server.auth->port != nullptr);
        server.auth->port->auth_done("alice");
        client.auth->port->auth_done("alice");
        pair.run();
    }
    const SessionInfo& at_client() { return pair.client.session->info(); }
    const SessionInfo& at_server() { return pair.server.session->info(); }

    std::shared_ptr<TrustAll> trust = std::make_shared<TrustAll>();
    Stack client, server;
    SessionPair pair;
};

}  // namespace

TEST_CASE("a host key that takes long to sign does so elsewhere", "[session]") {
    for (const char* type : {"ssh-rsa", "ssh-ed25519"}) {
        Fixture f;
        LateExecutor executor;
        f.server.config->host_keys = {host_key(type)};
        f.pair.server.jobs = &executor;
        f.connect();
        const bool costly = f.server.config->host_keys[0]->costly();
        REQUIRE(costly == (type == std::string_view("ssh-rsa")));
        REQUIRE(executor.jobs.size() == (costly ? 1 : 0));
        CHECK(f.at_server().key_exchanges == (costly ? 0 : 1));
        SECTION("and the session goes on then") {
            executor.run_all();
            f.pair.run();
            CHECK(f.at_client().key_exchanges == 1);
            CHECK(f.at_server().key_exchanges == 1);
        }
        SECTION("and may come too late") {
            f.pair.server.session.reset();
            executor.run_all();
        }
    }
}

TEST_CASE("a client and a server agree on keys and start the service", "[session]") {
    Fixture f;
    f.connect();
    CHECK(f.at_client().key_exchanges == 1);
    CHECK(f.at_server().key_exchanges == 1);
    CHECK(f.at_client().session_id == f.at_server().session_id);
    CHECK(f.at_client().session_id.size() == 32);
    CHECK(f.at_client().strict_kex);
    CHECK(f.at_server().strict_kex);
    CHECK(f.trust->asked == 1);
    CHECK(same_bytes(f.trust->blob, host_key("ssh-ed25519")->public_blob()));
    CHECK(f.server.auth->starts == 1);
    CHECK(f.client.auth->starts == 1);
    CHECK(f.at_client().peer_version == f.at_server().our_version);
    CHECK_FALSE(f.at_client().server_sig_algs.empty());
    CHECK(f.at_client().peer_hostbound);
}

TEST_CASE("bytes may be split everywhere", "[session]") {
    const std::size_t chunk = GENERATE(as<std::size_t>{}, 1, 2, 3, 7, 16, 100);
    Fixture f;
    f.connect(chunk);
    CHECK(f.client.auth->starts == 1);
    CHECK(f.server.auth->starts == 1);
}

TEST_CASE("keys are exchanged again while data flows", "[session]") {
    Fixture f;
    f.connect();
    f.authenticate();
    CHECK(f.server.connection->starts == 1);
    const auto send_some = [&](PacketPort& port, int n) {
        for (int i = 0; i < n; ++i) {
            Frame frame = port.frame(msg::channel_data, 100);
            std::memset(frame.append(100).data(), i, 100);
            port.submit(std::move(frame));
        }
    };
    send_some(*f.server.connection->port, 5);
    send_some(*f.client.connection->port, 5);
    SECTION("on request of the server") {
        f.pair.server.session->rekey();
    }
    SECTION("on request of the client") {
        f.pair.client.session->rekey();
    }
    SECTION("on request of both") {
        f.pair.server.session->rekey();
        f.pair.client.session->rekey();
    }
    send_some(*f.server.connection->port, 5);
    send_some(*f.client.connection->port, 5);
    const Bytes id = f.at_client().session_id;
    f.pair.run();
    CHECK(f.at_client().key_exchanges == 2);
    CHECK(f.at_server().key_exchanges == 2);
    CHECK(f.at_client().session_id == id);
    CHECK(f.client.connection->packets.size() == 10);
    CHECK(f.server.connection->packets.size() == 10);
    CHECK(f.trust->asked == 1);
    CHECK(f.pair.client.session->why_idle() == Idle::needs_input);
}

TEST_CASE("limits of bytes, packets and time lead to new keys", "[session]") {
    Fixture f;
    SECTION("bytes") {
        f.server.config->rekey.bytes = 2000;
    }
    SECTION("packets") {
        f.server.config->rekey.packets = 20;
    }
    SECTION("time") {
        f.server.config->rekey.time = std::chrono::seconds(5);
    }
    f.connect();
    f.authenticate();
    for (int i = 0; i < 40; ++i) {
        Frame frame = f.server.connection->port->frame(msg::channel_data, 100);
        frame.append(100);
        f.server.connection->port->submit(std::move(frame));
        f.pair.run();
    }
    f.pair.advance(std::chrono::seconds(6));
    f.pair.run();
    CHECK(f.at_server().key_exchanges > 1);
    CHECK(f.at_client().key_exchanges == f.at_server().key_exchanges);
    CHECK(f.client.connection->packets.size() == 40);
}

TEST_CASE("strict key exchange follows the four modes", "[session]") {
    Fixture f;
    SECTION("off at one end: not used") {
        f.client.config->strict_kex = StrictKex::off;
        f.connect();
        CHECK(f.client.auth->starts == 1);
        CHECK_FALSE(f.at_client().strict_kex);
        CHECK_FALSE(f.at_server().strict_kex);
    }
    SECTION("required and not offered: refused with reason 3") {
        f.client.config->strict_kex = StrictKex::off;
        f.server.config->strict_kex = StrictKex::require;
        f.connect();
        CHECK(f.client.auth->starts == 0);
        REQUIRE(f.server.auth->closes.size() == 1);
        CHECK(f.server.auth->closes[0].error.disconnect == Disconnect::key_exchange_failed);
        REQUIRE(f.client.auth->closes.size() == 1);
        CHECK(f.client.auth->closes[0].error.detail == 3);
        CHECK(f.client.auth->closes[0].text ==
              "strict key exchange is required, peer does not offer it");
    }
    SECTION("filter refuses chacha20-poly1305") {
        f.client.config->strict_kex = StrictKex::off;
        f.client.config->algorithms.ciphers = {"chacha20-poly1305@openssh.com"};
        f.server.config->strict_kex = StrictKex::filter;
        f.connect();
        CHECK(f.client.auth->starts == 0);
        REQUIRE(f.client.auth->closes.size() == 1);
        CHECK(f.client.auth->closes[0].error.detail == 3);
    }
    SECTION("filter refuses CBC with encrypt-then-MAC") {
        f.client.config->strict_kex = StrictKex::off;
        f.server.config->strict_kex = StrictKex::filter;
        for (auto* config : {f.client.config.get(), f.server.config.get()}) {
            config->algorithms.ciphers = {"aes256-cbc"};
            config->algorithms.macs = {"hmac-sha2-256-etm@openssh.com"};
        }
        f.connect();
        CHECK(f.client.auth->starts == 0);
        REQUIRE(f.client.auth->closes.size() == 1);
        CHECK(f.client.auth->closes[0].error.detail == 3);
        CHECK(f.client.auth->closes[0].text ==
              "cipher needs strict key exchange, peer does not offer it");
    }
    SECTION("filter lets CBC with encrypt-and-MAC through") {
        f.client.config->strict_kex = StrictKex::off;
        f.server.config->strict_kex = StrictKex::filter;
        for (auto* config : {f.client.config.get(), f.server.config.get()}) {
            config->algorithms.ciphers = {"aes256-cbc"};
            config->algorithms.macs = {"hmac-sha2-256"};
        }
        f.connect();
        CHECK(f.client.auth->starts == 1);
    }
    SECTION("filter takes CBC with encrypt-then-MAC from who offers strict key exchange") {
        f.server.config->strict_kex = StrictKex::filter;
        for (auto* config : {f.client.config.get(), f.server.config.get()}) {
            config->algorithms.ciphers = {"3des-cbc"};
            config->algorithms.macs = {"hmac-sha1-96-etm@openssh.com"};
        }
        f.connect();
        CHECK(f.client.auth->starts == 1);
        CHECK(f.at_server().strict_kex);
    }
    SECTION("filter lets AES-GCM through") {
        f.client.config->strict_kex = StrictKex::off;
        f.client.config->algorithms.ciphers = {"aes256-gcm@openssh.com"};
        f.server.config->strict_kex = StrictKex::filter;
        f.connect();
        CHECK(f.client.auth->starts == 1);
    }
}

TEST_CASE("an untrusted host key ends the session with reason 9", "[session]") {
    Fixture f;
    f.trust->trust = false;
    f.connect();
    CHECK(f.client.auth->starts == 0);
    REQUIRE(f.server.auth->closes.size() == 1);
    CHECK(f.server.auth->closes[0].error.detail == 9);
}

TEST_CASE("a flipped bit anywhere in the first flight never gives a session", "[session]") {
    // The client's identification and KEXINIT and the server's reply: all are part of the hash.
    Fixture probe;
    probe.pair.client.record = true;
    probe.connect();
    // Identification, KEXINIT and INIT of the client; what follows is sealed.
    const std::size_t flight = 400;
    for (std::size_t at = 30; at < flight; at += 7) {
        Fixture f;
        std::size_t seen = 0;
        f.pair.client.tamper = [&](Bytes& bytes) {
            if (seen <= at && at < seen + bytes.size()) bytes[at - seen] ^= 0x01;
            seen += bytes.size();
        };
        REQUIRE(f.pair.start(f.client.parts(), f.server.parts()));
        f.pair.run();
        INFO("bit flipped at " << at);
        CHECK(f.client.auth->starts == 0);
    }
}

TEST_CASE("ping is answered after authentication only", "[session]") {
    Fixture f;
    f.connect();
    const std::uint8_t data[] = {1, 2, 3};
    send(*f.client.auth->port, msg::Ping{data});
    f.pair.run();
    const auto before = f.pair.server.session->bytes_out();
    f.authenticate();
    send(*f.client.connection->port, msg::Ping{data});
    f.pair.run();
    CHECK(f.pair.server.session->bytes_out() > before);
    CHECK_FALSE(f.pair.server.session->finished());
}

TEST_CASE("connection messages before authentication end the session", "[session]") {
    Fixture f;
    f.connect();
    const auto number = static_cast<std::uint8_t>(GENERATE(80, 90, 94, 98, 127));
    Frame frame = f.client.auth->port->frame(number, 0);
    f.client.auth->port->submit(std::move(frame));
    f.pair.run();
    REQUIRE(f.server.auth->closes.size() == 1);
    CHECK(f.server.auth->closes[0].error.code == Errc::peer_misbehaved);
    CHECK(f.server.connection->packets.empty());
    REQUIRE(f.client.auth->closes.size() == 1);
    CHECK(f.client.auth->closes[0].error.detail == 2);
}

TEST_CASE("unknown messages are answered UNIMPLEMENTED sixteen times", "[session]") {
    Fixture f;
    f.connect();
    for (int i = 0; i < 17; ++i) {
        CHECK_FALSE(f.pair.server.session->finished());
        f.client.auth->port->submit(f.client.auth->port->frame(200, 0));
        f.pair.run();
    }
    CHECK(f.pair.server.session->finished());
}

TEST_CASE("configurations that cannot work are refused with a reason", "[session]") {
    Fixture f;
    SECTION("no host key") {
        f.server.config->host_keys.clear();
    }
    SECTION("unknown cipher") {
        f.server.config->algorithms.ciphers = {"rot13"};
    }
    SECTION("no key for the algorithm") {
        f.server.config->algorithms.host_key = {"ecdsa-sha2-nistp256"};
    }
    SECTION("comment") {
        f.server.config->version_comment = "a\nb";
    }
    const auto started = f.pair.start(f.client.parts(), f.server.parts());
    REQUIRE_FALSE(started);
    CHECK(started.error().code == Errc::local_misuse);
}

TEST_CASE("a session without bytes to handle owns no receive memory", "[session]") {
    Fixture f;
    f.connect();
    CHECK(f.pair.server.slabs.in_use() == 0);
    CHECK(f.pair.client.slabs.in_use() == 0);
    CHECK(f.pair.server.frames.in_use() == 0);
}
