#include "agent_vectors.hpp"
#include "support/fake_keys.hpp"
#include "support/tests_dir.hpp"

#include <nacre/agent/key_agent.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/keys/private_key.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace nacre::agent {
namespace {

using test::contents;
using test::from_hex;
using test::to_hex;

const Instant kStart = Instant{} + std::chrono::hours(1);

PrivateKey key_named(const std::string& name) {
    std::ifstream file(test::tests_dir() + "/keys/" + name, std::ios::binary);
    REQUIRE(file.is_open());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto key = read_private_key(as_bytes(text));
    REQUIRE(key.has_value());
    return *std::move(key);
}

KeyAgentConfig config() {
    KeyAgentConfig made;
    made.provider = &botan_provider();
    return made;
}

struct Agent {
    KeyAgent agent{config()};
    Instant now = kStart;

    // As hexadecimal digits, with the length.
    std::string ask(ByteView request) { return to_hex(agent.answer(contents(request), now)); }
    std::string ask(const Request& request) { return ask(encode_request(request)->view()); }
};

const std::string kYes = to_hex(test::kSuccess), kNo = to_hex(test::kFailure);

TEST_CASE("answers as ssh-agent does", "[agent]") {
    Agent a;
    CHECK(a.ask(test::kList) == to_hex(test::kNone));
    CHECK(a.ask(test::kSign) == kNo);
    CHECK(a.ask(test::kAdd) == kYes);
    CHECK(a.ask(test::kList) == to_hex(test::kListed));
    CHECK(a.ask(test::kSign) == to_hex(test::kSigned));
    CHECK(a.ask(test::kRemove) == kYes);
    CHECK(a.ask(test::kRemove) == kNo);
    CHECK(a.ask(test::kList) == to_hex(test::kNone));
    CHECK(a.ask(test::kAdd) == kYes);
    CHECK(a.ask(test::kRemoveAll) == kYes);
    CHECK(a.ask(test::kList) == to_hex(test::kNone));
    CHECK(a.ask(test::kAddToken) == kNo);
    CHECK(a.ask(test::kRemoveToken) == kNo);
    CHECK(a.ask(from_hex("00000001 63")) == kNo);
}

TEST_CASE("a locked agent shows and does nothing", "[agent]") {
    Agent a;
    CHECK(a.ask(test::kAdd) == kYes);
    CHECK(a.ask(test::kUnlock) == kNo);
    CHECK(a.ask(test::kLock) == kYes);
    CHECK(a.agent.locked());
    CHECK(a.ask(test::kLock) == kNo);
    CHECK(a.ask(test::kList) == to_hex(test::kNone));
    CHECK(a.ask(test::kSign) == kNo);
    CHECK(a.ask(test::kAdd) == kNo);
    CHECK(a.ask(test::kRemove) == kNo);
    CHECK(a.ask(Unlock{as_bytes("wrong")}) == kNo);
    // The right one too has to wait a little now.
    CHECK(a.ask(test::kUnlock) == kNo);
    a.now += std::chrono::milliseconds(100);
    CHECK(a.ask(test::kUnlock) == kYes);
    CHECK_FALSE(a.agent.locked());
    CHECK(a.ask(test::kSign) == to_hex(test::kSigned));
}

TEST_CASE("wrong passphrases make unlocking slow", "[agent]") {
    Agent a;
    CHECK(a.ask(test::kLock) == kYes);
    // 0.1 s, 0.2 s, ... 6.4 s, 10 s, 10 s
    for (int i = 0; i < 9; ++i) {
        CHECK(a.ask(Unlock{as_bytes("wrong")}) == kNo);
        a.now += std::min<Duration>(std::chrono::milliseconds(100 << i), std::chrono::seconds(10));
    }
    CHECK(a.ask(Unlock{as_bytes("wrong")}) == kNo);
    a.now += std::chrono::milliseconds(9'999);
    CHECK(a.ask(test::kUnlock) == kNo);
    a.now += std::chrono::milliseconds(1);
    CHECK(a.ask(test::kUnlock) == kYes);
}

TEST_CASE("removing all is honoured while locked", "[agent]") {
    Agent a;
    CHECK(a.ask(test::kAdd) == kYes);
    CHECK(a.ask(test::kLock) == kYes);
    CHECK(a.ask(test::kRemoveAll) == kYes);
    CHECK(a.ask(test::kUnlock) == kYes);
    CHECK(a.ask(test::kList) == to_hex(test::kNone));
}

TEST_CASE("keys live as long as they were added for", "[agent]") {
    Agent a;
    auto add = parse_request(contents(test::kAddConstrained));
    REQUIRE(add.has_value());
    std::get_if<AddIdentity>(&*add)->constraints.confirm = false;
    CHECK(a.ask(*add) == kYes);
    a.now += std::chrono::seconds(60) - std::chrono::nanoseconds(1);
    CHECK(a.agent.size(a.now) == 1);
    CHECK(a.ask(test::kSign) == to_hex(test::kSigned));
    a.now += std::chrono::nanoseconds(1);
    CHECK(a.ask(test::kSign) == kNo);
    CHECK(a.agent.size(a.now) == 0);

    // Added again it has the new constraints, here none.
    CHECK(a.ask(*add) == kYes);
    CHECK(a.ask(test::kAdd) == kYes);
    CHECK(a.agent.size(a.now) == 1);
    a.now += std::chrono::hours(1);
    CHECK(a.agent.size(a.now) == 1);
}

TEST_CASE("keys that want to be confirmed are", "[agent]") {
    Agent without;
    CHECK(without.ask(test::kAddConstrained) == kNo);

    bool yes = false;
    int asked = 0;
    KeyAgentConfig with = config();
    with.confirm = [&](ByteView blob, std::string_view comment) {
        ++asked;
        CHECK(blob.size() == 51);
        CHECK(comment == "ed@nacre");
        return yes;
    };
    KeyAgent agent(with);
    CHECK(agent.answer(contents(test::kAddConstrained), kStart) == test::kSuccess);
    CHECK(agent.answer(contents(test::kSign), kStart) == test::kFailure);
    yes = true;
    CHECK(agent.answer(contents(test::kSign), kStart) == test::kSigned);
    CHECK(asked == 2);
}

TEST_CASE("a key with a certificate is listed by that and signs as the key", "[agent]") {
    Agent a;
    CHECK(a.ask(test::kAddCertificate) == kYes);
    const Bytes answer = a.agent.answer(contents(test::kList), a.now);
    const auto parsed = parse_answer(contents(answer));
    const auto& listed = std::get_if<IdentitiesAnswer>(&*parsed)->identities;
    REQUIRE(listed.size() == 1);
    Reader blob(listed[0].key_blob);
    CHECK(blob.text() == "ssh-ed25519-cert-v01@openssh.com");
    CHECK(a.ask(test::kSign) == kNo);
    CHECK(a.ask(SignRequest{listed[0].key_blob, as_bytes("data"), 0}) == to_hex(test::kSigned));

    // A private key that is not that of the certificate.
    Bytes other = test::kAddCertificate;
    const Bytes key = from_hex(NACRE_ED25519_BLOB);
    const auto at = std::search(other.begin() + 100, other.end(), key.end() - 32, key.end());
    REQUIRE(at != other.end());
    *at ^= 1;
    CHECK(a.ask(other) == kNo);
}

TEST_CASE("RSA keys sign as the flags say", "[agent]") {
    Agent a;
    const PrivateKey key = key_named("openssh-rsa");
    REQUIRE(a.agent.add(key, {}, a.now).has_value());
    const auto verifier = botan_provider().public_key(key.public_blob);
    // As ssh-agent of OpenSSH 9.2p1 answers.
    for (const auto& [flags, name] : {std::pair<std::uint32_t, std::string_view>{0, "ssh-rsa"},
                                      {2, "rsa-sha2-256"},
                                      {4, "rsa-sha2-512"},
                                      {1, "ssh-rsa"},
                                      {5, "rsa-sha2-512"},
                                      {6, "rsa-sha2-256"},
                                      {8, "ssh-rsa"},
                                      {0xffffffff, "rsa-sha2-256"}}) {
        CAPTURE(flags);
        const auto request = encode_request(SignRequest{key.public_blob, as_bytes("data"), flags});
        const Bytes answer = a.agent.answer(contents(*request), a.now);
        const auto parsed = parse_answer(contents(answer));
        REQUIRE(parsed.has_value());
        const auto* made = std::get_if<SignResponse>(&*parsed);
        REQUIRE(made != nullptr);
        CHECK((*verifier)->verify(name, as_bytes("data"), made->signature));
    }
}

TEST_CASE("flags mean nothing for keys that are not RSA", "[agent]") {
    Agent a;
    CHECK(a.ask(test::kAdd) == kYes);
    const Bytes blob = from_hex(NACRE_ED25519_BLOB);
    for (const std::uint32_t flags : {1U, 2U, 4U, 6U, 8U, 0xffffffffU})
        CHECK(a.ask(SignRequest{blob, as_bytes("data"), flags}) == to_hex(test::kSigned));
}

/// Its signers answer when they like.
class LateProvider final : public test::EmptyProvider {
  public:
    Result<std::shared_ptr<Signer>> signer(const PrivateKey&) const noexcept override {
        auto made = std::make_shared<test::FakeSigner>("ssh-ed25519", "late");
        made->late = true;
        return std::shared_ptr<Signer>(std::move(made));
    }
};

TEST_CASE("keys that would sign later are not taken", "[agent]") {
    const LateProvider provider;
    KeyAgentConfig late;
    late.provider = &provider;
    KeyAgent agent(late);
    CHECK(agent.add(key_named("openssh-ed25519"), {}, kStart).error().code == Errc::unsupported);
    CHECK(agent.answer(contents(test::kAdd), kStart) == test::kFailure);
    CHECK(agent.size(kStart) == 0);
}

TEST_CASE("constraints and keys that the agent could not keep its word for", "[agent]") {
    Agent a;
    auto add = parse_request(contents(test::kAdd));
    std::get_if<AddIdentity>(&*add)->constraints.extensions.push_back(
        {"restrict-destination-v00@openssh.com", {}});
    CHECK(a.ask(*add) == kNo);
    Bytes damaged = test::kAdd;
    damaged[4 + 1 + 4 + 11 + 4] ^= 1;
    CHECK(a.ask(damaged) == kNo);
    CHECK(a.agent.size(a.now) == 0);
}

TEST_CASE("the list of keys stays a message", "[agent]") {
    Agent a;
    PrivateKey key = key_named("openssh-ed25519");
    key.comment.assign(kMaxMessage - 8 - 8 - key.public_blob.size() + 1, 'c');
    CHECK(a.agent.add(key, {}, a.now).error().code == Errc::local_limit);
    key.comment.pop_back();
    CHECK(a.agent.add(key, {}, a.now).has_value());
    CHECK(a.agent.answer(contents(test::kList), a.now).size() == kMaxMessage + 4 - 3);
    CHECK(a.agent.add(key_named("openssh-rsa"), {}, a.now).error().code == Errc::local_limit);
    // In its own place it fits.
    CHECK(a.agent.add(key, {}, a.now).has_value());
}

TEST_CASE("extensions: query and the binding of a session", "[agent]") {
    Agent a;
    const PrivateKey host = key_named("openssh-ed25519");
    const auto parsed = parse_answer(contents(from_hex(a.ask(Extension{kQuery, {}}))));
    CHECK(parsed.has_value());
    CHECK(a.ask(Extension{"other@x", {}}) == "000000011c");

    const Bytes id = from_hex("'session id'");
    Bytes signature;
    (*botan_provider().signer(host))
        ->sign(id, "ssh-ed25519", Reply<Signature>::from([&](Result<Signature>&& made) {
                   signature = std::move(made->blob);
               }));
    const auto bind = [&](ByteView session) {
        return a.ask(Extension{kSessionBind,
                               encode_session_bind({host.public_blob, session, signature, false})});
    };
    CHECK(bind(id) == kYes);
    CHECK(bind(as_bytes("another")) == kNo);
    CHECK(a.ask(Extension{kSessionBind, as_bytes("x")}) == kNo);
}

TEST_CASE("a connection takes requests in any pieces", "[agent]") {
    Bytes all;
    for (const auto& request : {test::kList, test::kAdd, test::kList, test::kSign})
        append(all, request);
    Bytes expected;
    for (const auto& answer : {test::kNone, test::kSuccess, test::kListed, test::kSigned})
        append(expected, answer);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, all.size()}) {
        KeyAgent agent(config());
        KeyAgentConnection connection(agent);
        for (std::size_t at = 0; at < all.size(); at += piece)
            REQUIRE(
                connection
                    .receive(ByteView(all).subspan(at, std::min(piece, all.size() - at)), kStart)
                    .has_value());
        CHECK(to_hex(connection.output()) == to_hex(expected));
    }
}

TEST_CASE("a connection ends with what cannot be a message", "[agent]") {
    KeyAgent agent(config());
    KeyAgentConnection longer(agent), empty(agent), greedy(agent);
    CHECK(longer.receive(from_hex("00040001"), kStart).error().code == Errc::peer_limit);
    CHECK(empty.receive(from_hex("00000000"), kStart).error().code == Errc::peer_malformed);
    Result<void> taken;
    for (std::size_t sent = 0; taken && sent <= kMaxMessage + 9; sent += 9)
        taken = greedy.receive(test::kList, kStart);
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().code == Errc::peer_limit);
}

}  // namespace
}  // namespace nacre::agent
