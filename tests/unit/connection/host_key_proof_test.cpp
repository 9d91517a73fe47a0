#include "connection/host_key_proof.hpp"

#include "connection_spies.hpp"
#include "support/fake_keys.hpp"

using namespace nacre;
using namespace nacre::test;

namespace {

/// "Signs" by writing down what it was asked to sign.
class SignerSpy final : public Signer {
  public:
    SignerSpy(std::string type, std::string blob, std::vector<std::string_view> algorithms)
        : type_(std::move(type)), blob_(std::move(blob)), algorithms_(std::move(algorithms)) {}
    ByteView public_blob() const noexcept override { return as_bytes(blob_); }
    std::string_view type() const noexcept override { return type_; }
    std::span<const std::string_view> algorithms() const noexcept override { return algorithms_; }
    bool immediate() const noexcept override { return !hold; }
    bool costly() const noexcept override { return slow; }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        Signature signature;
        Writer<Bytes>(signature.blob).string(algorithm).string(data);
        if (hold) {
            held.emplace_back(std::move(signature), std::move(reply));
        } else if (broken) {
            reply(Error{Errc::crypto_failed, Disconnect::none, 0, "broken"});
        } else {
            reply(std::move(signature));
        }
    }
    void release() {
        for (auto& [signature, reply] : held) reply(std::move(signature));
        held.clear();
    }
    bool hold = false;
    bool slow = false;
    bool broken = false;
    std::vector<std::pair<Signature, Reply<Signature>>> held;

  private:
    std::string type_, blob_;
    std::vector<std::string_view> algorithms_;
};

struct ProofFixture {
    std::shared_ptr<SignerSpy> ed = std::make_shared<SignerSpy>(
        "ssh-ed25519", "ED", std::vector<std::string_view>{"ssh-ed25519"});
    std::shared_ptr<SignerSpy> rsa = std::make_shared<SignerSpy>(
        "ssh-rsa", "RSA", std::vector<std::string_view>{"rsa-sha2-512", "rsa-sha2-256"});
    std::shared_ptr<SignerSpy> certificate = std::make_shared<SignerSpy>(
        "ssh-ed25519-cert-v01@openssh.com", "CERT", std::vector<std::string_view>{});

    ConnectionConfig config() const {
        ConnectionConfig config;
        config.host_keys = {ed, certificate, rsa, ed};
        return config;
    }
    static Bytes blobs(std::initializer_list<std::string_view> names) {
        Bytes data;
        for (const auto name : names) Writer<Bytes>(data).string(name);
        return data;
    }
};

/// A connection after its announcement, with a session id.
struct ProofConnection : ProofFixture, Connection {
    ProofConnection() : Connection(Role::server, ProofFixture().config()) {
        restart("ssh-ed25519");
    }
    void restart(std::string host_key_algorithm, std::string client_list = "rsa-sha2-256") {
        port.session.session_id = {0xaa, 0xbb};
        port.session.host_key_algorithm = std::move(host_key_algorithm);
        port.session.peer_host_key_algorithms = std::move(client_list);
        layer = make_connection_layer(config(), std::make_unique<HandlerSpy>(handler));
        REQUIRE(layer->on_start(port).has_value());
        port.sent.clear();
    }
    void prove(const Bytes& data, bool want_reply = true) {
        msg::GlobalRequest m;
        m.request_name = "hostkeys-prove-00@openssh.com";
        m.want_reply = want_reply;
        m.data = {data};
        REQUIRE(feed(m).has_value());
    }
    /// The algorithm and key of each signature of sent[0].
    std::vector<std::string> proofs() const {
        std::vector<std::string> out;
        if (port.numbers() != std::vector<int>{81}) return {"no success"};
        Reader all(port.sent[0].body);
        while (all.remaining() != 0) {
            Reader signature(all.string());
            const std::string algorithm(signature.text());
            Reader data(signature.string());
            CHECK(data.text() == "hostkeys-prove-00@openssh.com");
            CHECK(to_bytes(data.string()) == port.session.session_id);
            out.push_back(algorithm + " " + std::string(data.text()));
            CHECK(data.done());
            CHECK(signature.done());
        }
        CHECK(all.done());
        return out;
    }
    bool failed() const { return port.numbers() == std::vector<int>{82}; }
};

}  // namespace

TEST_CASE("a server announces its host keys once, plain ones only", "[connection]") {
    Connection c(Role::server, ProofFixture().config());
    REQUIRE(c.port.numbers() == std::vector<int>{80});
    const auto m = c.port.sent_as<msg::GlobalRequest>(0);
    CHECK(m.request_name == "hostkeys-00@openssh.com");
    CHECK_FALSE(m.want_reply);
    CHECK(to_bytes(m.data.bytes) == ProofFixture::blobs({"ED", "RSA"}));
}

TEST_CASE("a client announces nothing and proves nothing", "[connection]") {
    Connection c(Role::client, ProofFixture().config());
    CHECK(c.port.sent.empty());
    const Bytes data = ProofFixture::blobs({"ED"});
    msg::GlobalRequest m;
    m.request_name = "hostkeys-prove-00@openssh.com";
    m.want_reply = true;
    m.data = {data};
    REQUIRE(c.feed(m).has_value());
    m.request_name = "hostkeys-00@openssh.com";
    m.want_reply = false;
    REQUIRE(c.feed(m).has_value());
    CHECK(c.port.numbers() == std::vector<int>{82});
    CHECK(c.handler->globals.empty());
}

TEST_CASE("clients that end the connection at the announcement get none", "[connection]") {
    using detail::takes_host_keys;
    for (const auto* version :
         {"SSH-2.0-TTSSH/2.72 Win32", "SSH-2.0-TTSSH/1.5.4", "SSH-2.0-TTSSH/2.1",
          "SSH-2.0-Cisco-1.25", "SSH-1.99-Cisco-1.25", "SSH-2.0-TTSSH/0.1", "SSH-2.0-TTSSH/"})
        CHECK_FALSE(takes_host_keys(version));
    for (const auto* version :
         {"SSH-2.0-TTSSH/2.73 Win32", "SSH-2.0-TTSSH/3.0", "SSH-2.0-Cisco-2.0",
          "SSH-2.0-OpenSSH_10.0", "SSH-2.0-", "", "SSH", "SSH-2.0-TTSSH/99999999999999999999"})
        CHECK(takes_host_keys(version));

    PortSpy port;
    port.session.peer_version = "SSH-2.0-TTSSH/2.72 Win32";
    auto layer =
        make_connection_layer(ProofFixture().config(), std::make_unique<ConnectionHandler>());
    REQUIRE(layer->on_start(port).has_value());
    CHECK(port.sent.empty());
}

TEST_CASE("proofs are in the order of the request", "[connection]") {
    ProofConnection c;
    c.prove(c.blobs({"RSA", "ED"}));
    CHECK(c.proofs() == std::vector<std::string>{"rsa-sha2-256 RSA", "ssh-ed25519 ED"});
}

TEST_CASE("keys that take their time prove themselves elsewhere", "[connection]") {
    ProofConnection c;
    LateExecutor executor;
    c.port.jobs = &executor;
    c.rsa->slow = true;
    c.prove(c.blobs({"RSA", "ED"}));
    CHECK(c.port.sent.empty());
    REQUIRE(executor.jobs.size() == 1);
    SECTION("in the order of the request") {
        executor.run_all();
        CHECK(c.proofs() == std::vector<std::string>{"rsa-sha2-256 RSA", "ssh-ed25519 ED"});
    }
    SECTION("and find the connection gone") {
        c.layer.reset();
        executor.run_all();
        CHECK(c.port.sent.empty());
    }
}

TEST_CASE("an RSA proof uses the algorithm of the key exchange or the client's best",
          "[connection]") {
    ProofConnection c;
    SECTION("of the key exchange") {
        c.restart("rsa-sha2-512", "rsa-sha2-256");
        c.prove(c.blobs({"RSA"}));
        CHECK(c.proofs() == std::vector<std::string>{"rsa-sha2-512 RSA"});
    }
    SECTION("of the key exchange, which had a certificate") {
        c.restart("rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256");
        c.prove(c.blobs({"RSA"}));
        CHECK(c.proofs() == std::vector<std::string>{"rsa-sha2-512 RSA"});
    }
    SECTION("the client's best") {
        c.restart("ssh-ed25519", "ssh-rsa,rsa-sha2-256,rsa-sha2-512");
        c.prove(c.blobs({"RSA"}));
        CHECK(c.proofs() == std::vector<std::string>{"rsa-sha2-512 RSA"});
    }
    SECTION("none") {
        c.restart("ssh-ed25519", "ssh-ed25519,ssh-rsa");
        c.prove(c.blobs({"RSA"}));
        CHECK(c.failed());
    }
    SECTION("SHA-1, which the key does not make") {
        c.restart("ssh-rsa", "rsa-sha2-512");
        c.prove(c.blobs({"RSA"}));
        CHECK(c.failed());
    }
}

TEST_CASE("requests for proofs that are refused", "[connection]") {
    ProofConnection c;
    SECTION("a key that is not ours") {
        c.prove(c.blobs({"ED", "OTHER"}));
    }
    SECTION("a key twice") {
        c.prove(c.blobs({"ED", "ED"}));
    }
    SECTION("no key") {
        c.prove({});
    }
    SECTION("malformed") {
        c.prove({0, 0, 0, 3, 'E', 'D'});
    }
    SECTION("trailing") {
        c.prove({0, 0, 0, 2, 'E', 'D', 0});
    }
    SECTION("a signer that fails") {
        c.ed->broken = true;
        c.prove(c.blobs({"ED", "RSA"}));
    }
    CHECK(c.failed());
}

TEST_CASE("slow signers answer in place, or never", "[connection]") {
    ProofConnection c;
    c.ed->hold = true;
    c.prove(c.blobs({"ED", "RSA"}));
    c.prove(c.blobs({"RSA"}), false);
    msg::GlobalRequest m;
    m.request_name = "keepalive@openssh.com";
    m.want_reply = true;
    REQUIRE(c.feed(m).has_value());
    CHECK(c.port.sent.empty());
    SECTION("in place") {
        c.ed->release();
        REQUIRE(c.port.numbers() == std::vector<int>{81, 81});
        c.port.sent.pop_back();
        CHECK(c.proofs() == std::vector<std::string>{"ssh-ed25519 ED", "rsa-sha2-256 RSA"});
    }
    SECTION("never") {
        c.ed->held.clear();
        CHECK(c.port.numbers() == std::vector<int>{82, 81});
    }
    SECTION("after the session") {
        c.layer->on_close({});
        c.layer.reset();
        c.ed->release();
        CHECK(c.port.sent.empty());
    }
}
