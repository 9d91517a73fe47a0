#include "agent_vectors.hpp"
#include "support/agent_listener.hpp"
#include "support/tests_dir.hpp"

#include <nacre/agent/key_agent.hpp>
#include <nacre/agent/signer.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>

#include <catch2/catch_all.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

namespace nacre::agent {
namespace {

using test::contents;
using test::from_hex;
using test::Listener;
using test::serve_agent;

/// Answers with what a KeyAgent says, but signatures come with a bit that is wrong.
Listener::Serve serve_faulty_agent(KeyAgent& agent) {
    return [&agent](int fd) {
        std::array<std::uint8_t, 4096> request{};
        for (;;) {
            const ssize_t n = ::read(fd, request.data(), request.size());
            if (n <= 4) return true;
            Bytes out = agent.answer(contents(ByteView(request).first(static_cast<std::size_t>(n))),
                                     Instant{});
            if (out[4] == 14) out.back() ^= 1;
            if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) return true;
        }
    };
}

/// Waits for a request, then says `answer` and hangs up.
Listener::Serve serve_bytes(Bytes answer) {
    return [answer](int fd) {
        std::array<std::uint8_t, 4096> part{};
        if (::read(fd, part.data(), part.size()) > 0)
            static_cast<void>(::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL));
        return true;
    };
}

PrivateKey key_named(const std::string& name) {
    std::ifstream file(test::tests_dir() + "/keys/" + name, std::ios::binary);
    REQUIRE(file.is_open());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto key = read_private_key(as_bytes(text));
    REQUIRE(key.has_value());
    return *std::move(key);
}

Bytes certificate_named(const std::string& name) {
    std::ifstream file(test::tests_dir() + "/keys/certificates/" + name + "-cert.pub");
    REQUIRE(file.is_open());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto key = parse_public_key_file(text);
    REQUIRE(key.has_value());
    return std::move(key->blob);
}

KeyAgentConfig config() {
    KeyAgentConfig made;
    made.provider = &botan_provider();
    return made;
}

TEST_CASE("a client has an agent do everything", "[agent]") {
    KeyAgent agent(config());
    const Listener listener(serve_agent(agent));
    const auto client = listener.client();
    CHECK(client->identities()->empty());
    const PrivateKey key = key_named("openssh-ed25519");
    REQUIRE(client->add(key).has_value());
    const auto listed = client->identities();
    REQUIRE(listed.has_value());
    REQUIRE(listed->size() == 1);
    CHECK(listed->front().blob == key.public_blob);
    CHECK(listed->front().comment == key.comment);
    const auto made = client->sign(key.public_blob, as_bytes("data"), 0);
    REQUIRE(made.has_value());
    CHECK(test::to_hex(*made) == test::to_hex(contents(test::kSigned).subspan(5)));

    const SecretBytes passphrase(as_bytes("open"));
    CHECK(client->lock(passphrase).has_value());
    CHECK(client->identities()->empty());
    CHECK(client->sign(key.public_blob, as_bytes("data"), 0).error().code == Errc::peer_refused);
    CHECK(client->unlock(passphrase).has_value());
    CHECK(client->remove(key.public_blob).has_value());
    CHECK(client->remove(key.public_blob).error().code == Errc::peer_refused);
    CHECK(client->remove_all().has_value());
    CHECK(client->add_smartcard("lib", passphrase).error().code == Errc::peer_refused);
    CHECK(client->remove_smartcard("lib", passphrase).error().code == Errc::peer_refused);
    const auto known = client->query();
    REQUIRE(known.has_value());
    CHECK(*known == std::vector<std::string>{"query", "session-bind@openssh.com"});
}

TEST_CASE("signers of an agent's keys and certificates", "[agent]") {
    KeyAgent agent(config());
    const Listener listener(serve_agent(agent));
    const auto client = listener.client();
    for (const char* name : {"openssh-ed25519", "openssh-ecdsa256", "openssh-rsa"})
        REQUIRE(client->add(key_named(name)).has_value());
    const auto signers = make_signers(client, botan_provider());
    REQUIRE(signers.has_value());
    REQUIRE(signers->size() == 3);
    for (const auto& signer : *signers) {
        CHECK(signer->immediate());
        CHECK(signer->costly());
        const auto key = botan_provider().public_key(signer->public_blob());
        REQUIRE(key.has_value());
        CHECK(signer->type() == (*key)->type());
        CHECK(signer->algorithms().size() == (*key)->algorithms().size());
        for (const auto algorithm : signer->algorithms()) {
            int answers = 0;
            signer->sign(as_bytes("data"), algorithm,
                         Reply<Signature>::from([&](Result<Signature>&& made) {
                             ++answers;
                             REQUIRE(made.has_value());
                             CHECK((*key)->verify(algorithm, as_bytes("data"), made->blob));
                         }));
            CHECK(answers == 1);
        }
        signer->sign(as_bytes("data"), "no-such",
                     Reply<Signature>::from([&](Result<Signature>&& made) {
                         CHECK(made.error().code == Errc::unsupported);
                     }));
    }
}

TEST_CASE("a wrong RSA signature of an agent is not let out", "[agent]") {
    KeyAgent agent(config());
    REQUIRE(agent.add(key_named("openssh-rsa"), {}, Instant{}).has_value());
    const Listener listener(serve_faulty_agent(agent));
    const auto signers = make_signers(listener.client(), botan_provider());
    REQUIRE(signers.has_value());
    REQUIRE(signers->size() == 1);
    for (const auto algorithm : signers->front()->algorithms())
        signers->front()->sign(as_bytes("data"), algorithm,
                               Reply<Signature>::from([](Result<Signature>&& made) {
                                   REQUIRE_FALSE(made.has_value());
                                   CHECK(made.error().code == Errc::crypto_failed);
                               }));
}

TEST_CASE("a certificate is added beside its key", "[agent]") {
    KeyAgent agent(config());
    const Listener listener(serve_agent(agent));
    const auto client = listener.client();
    const auto request = parse_request(contents(test::kAddCertificate));
    Reader fields(std::get_if<AddIdentity>(&*request)->fields);
    const ByteView certificate = fields.string();
    REQUIRE(client->add(key_named("openssh-ed25519"), {}, certificate).has_value());
    CHECK(client->add(key_named("openssh-rsa"), {}, certificate).error().code ==
          Errc::local_misuse);
    const auto signers = make_signers(client, botan_provider());
    REQUIRE(signers->size() == 1);
    const auto& signer = *signers->front();
    CHECK(signer.type() == "ssh-ed25519-cert-v01@openssh.com");
    REQUIRE(signer.algorithms().size() == 1);
    CHECK(signer.algorithms()[0] == signer.type());
    signers->front()->sign(
        as_bytes("data"), signer.type(), Reply<Signature>::from([&](Result<Signature>&& made) {
            REQUIRE(made.has_value());
            CHECK(test::to_hex(made->blob) == test::to_hex(contents(test::kSigned).subspan(5)));
        }));
}

TEST_CASE("the names of RSA certificates' algorithms", "[agent]") {
    // Answers with a signature of SHA-1 whatever it is asked for.
    const Listener listener(
        serve_bytes(from_hex("00000015 0e 00000010 00000007 'ssh-rsa' 00000001 73")));
    Identity identity;
    identity.blob = certificate_named("user-rsa");
    const auto signer = make_signer(listener.client(), identity, botan_provider());
    REQUIRE(signer.has_value());
    const auto names = (*signer)->algorithms();
    CHECK(std::vector<std::string_view>(names.begin(), names.end()) ==
          std::vector<std::string_view>{"rsa-sha2-512-cert-v01@openssh.com",
                                        "rsa-sha2-256-cert-v01@openssh.com",
                                        "ssh-rsa-cert-v01@openssh.com"});
    (*signer)->sign(as_bytes("data"), names[0],
                    Reply<Signature>::from([&](Result<Signature>&& made) {
                        REQUIRE_FALSE(made.has_value());
                        CHECK(made.error().code == Errc::unsupported);
                    }));
    (*signer)->sign(as_bytes("data"), names[2],
                    Reply<Signature>::from([&](Result<Signature>&& made) {
                        REQUIRE_FALSE(made.has_value());
                        CHECK(made.error().code == Errc::crypto_failed);
                    }));
    // No modulus, so that nothing could be verified.
    identity.blob = from_hex("0000001c 'ssh-rsa-cert-v01@openssh.com' 00000000");
    CHECK_FALSE(make_signer(listener.client(), identity, botan_provider()).has_value());
}

TEST_CASE("certificates by the names of drafts are none that could sign", "[agent]") {
    KeyAgent agent(config());
    const Listener listener(serve_agent(agent));
    for (const char* blob :
         {"00000010 'ssh-ed25519-cert' 00000000", "0000000c 'ssh-rsa-cert' 00000000"}) {
        Identity identity;
        identity.blob = from_hex(blob);
        const auto signer = make_signer(listener.client(), identity, botan_provider());
        REQUIRE_FALSE(signer.has_value());
        CHECK(signer.error().code == Errc::unsupported);
    }
}

TEST_CASE("an agent signs with an RSA certificate", "[agent]") {
    KeyAgent agent(config());
    const Listener listener(serve_agent(agent));
    const auto client = listener.client();
    const Bytes certificate = certificate_named("user-rsa");
    REQUIRE(client->add(key_named("openssh-rsa"), {}, certificate).has_value());
    const auto signers = make_signers(client, botan_provider());
    REQUIRE(signers->size() == 1);
    CHECK(same_bytes(signers->front()->public_blob(), certificate));
    const auto key = botan_provider().public_key(certificate);
    REQUIRE(key.has_value());
    for (const auto algorithm : signers->front()->algorithms())
        signers->front()->sign(as_bytes("data"), algorithm,
                               Reply<Signature>::from([&](Result<Signature>&& made) {
                                   REQUIRE(made.has_value());
                                   CHECK((*key)->verify(algorithm, as_bytes("data"), made->blob));
                               }));
}

TEST_CASE("what an agent must not answer", "[agent]") {
    struct Row {
        Bytes answer;
        Errc code;
    };
    const auto [answer, code] =
        GENERATE(Row{from_hex(""), Errc::closed}, Row{from_hex("0000"), Errc::closed},
                 Row{from_hex("00000048 0c 00"), Errc::closed},
                 Row{from_hex("00000000"), Errc::peer_malformed},
                 Row{from_hex("00040001"), Errc::peer_limit},
                 Row{from_hex("00000001 06"), Errc::peer_misbehaved},
                 Row{test::kSigned, Errc::peer_misbehaved},
                 Row{from_hex("00000001 1c"), Errc::peer_misbehaved},
                 Row{from_hex("00000001 63"), Errc::unsupported},
                 Row{from_hex("00000005 0c 00000001"), Errc::peer_malformed},
                 Row{from_hex("00000001 05 00000001 05"), Errc::peer_misbehaved},
                 Row{from_hex("00000001 05"), Errc::peer_refused});
    CAPTURE(test::to_hex(answer));
    const Listener listener(serve_bytes(answer));
    const auto listed = listener.client()->identities();
    REQUIRE_FALSE(listed.has_value());
    CHECK(listed.error().code == code);
}

TEST_CASE("a signature that is none", "[agent]") {
    const Bytes answer =
        GENERATE(from_hex("00000005 0e 00000000"), from_hex("00000008 0e 00000003 000000"),
                 from_hex("00000009 0e 00000004 00000000"), test::kNone);
    const Listener listener(serve_bytes(answer));
    CHECK_FALSE(listener.client()->sign(as_bytes("k"), as_bytes("d"), 0).has_value());
}

TEST_CASE("an agent that was restarted is found again, unless a session was bound", "[agent]") {
    int connections = 0;
    const Listener listener([&](int fd) {
        ++connections;
        std::array<std::uint8_t, 4096> part{};
        if (::read(fd, part.data(), part.size()) > 0) {
            const Bytes& answer = connections == 3 ? test::kSuccess : test::kNone;
            static_cast<void>(::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL));
        }
        return true;
    });
    const auto client = listener.client();
    CHECK(client->identities().has_value());
    CHECK(client->identities().has_value());
    CHECK(client->bind_session({}).has_value());
    CHECK(client->identities().error().code == Errc::closed);
}

TEST_CASE("an agent that does not answer", "[agent]") {
    const Listener listener([](int fd) {
        std::array<std::uint8_t, 64> part{};
        while (::read(fd, part.data(), part.size()) > 0) continue;
        return true;
    });
    ClientConfig hasty;
    hasty.path = listener.path();
    hasty.answer_limit = hasty.person_limit = std::chrono::milliseconds(5);
    auto client = Client::connect(hasty);
    REQUIRE(client.has_value());
    CHECK((*client)->identities().error().code == Errc::timed_out);
    CHECK((*client)->sign(as_bytes("k"), as_bytes("d"), 0).error().code == Errc::timed_out);
}

TEST_CASE("no agent", "[agent]") {
    ClientConfig nowhere;
    nowhere.path = "/nonexistent/agent";
    CHECK(Client::connect(nowhere).error().code == Errc::not_found);
    nowhere.path.clear();
    CHECK(Client::connect(nowhere).error().code == Errc::local_misuse);
    nowhere.path.assign(200, 'x');
    CHECK(Client::connect(nowhere).error().code == Errc::local_misuse);
}

}  // namespace
}  // namespace nacre::agent
