#include "kex_harness.hpp"

#include <nacre/wire/reader.hpp>

namespace nacre {
namespace {

using test::DetRng;
using test::join;
using test::make_kex;

TEST_CASE("kex: every method gives both ends the same secret and hash fields") {
    for (const auto& entry : detail::kex_entries()) {
        DYNAMIC_SECTION(entry.info.name) {
            DetRng client_rng(1), server_rng(2);
            const auto client = make_kex(entry.info.name, Role::client, client_rng);
            const auto server = make_kex(entry.info.name, Role::server, server_rng);
            CHECK(client->hash() == server->hash());
            const auto joined = join(*client, *server);
            CHECK_FALSE(joined.client.shared_secret.empty());
            CHECK(same_bytes(joined.client.shared_secret, joined.server.shared_secret));
            CHECK_FALSE(joined.client.hash_fields.empty());
            CHECK(joined.client.hash_fields == joined.server.hash_fields);
            CHECK(as_text(joined.client.host_key) == "the host key");
            CHECK(as_text(joined.client.signature) == "the signature");
            Reader secret(joined.client.shared_secret);
            secret.string();
            CHECK(secret.done());
        }
    }
}

TEST_CASE("kex: the same random bytes give the same exchange") {
    for (const auto& entry : detail::kex_entries()) {
        DYNAMIC_SECTION(entry.info.name) {
            Bytes fields[2];
            for (auto& f : fields) {
                DetRng client_rng(3), server_rng(4);
                f = join(*make_kex(entry.info.name, Role::client, client_rng),
                         *make_kex(entry.info.name, Role::server, server_rng))
                        .client.hash_fields;
            }
            CHECK(fields[0] == fields[1]);
        }
    }
}

TEST_CASE("kex: a message out of turn is refused with reason 3") {
    for (const auto& entry : detail::kex_entries()) {
        DYNAMIC_SECTION(entry.info.name) {
            DetRng rng(5);
            const auto server = make_kex(entry.info.name, Role::server, rng);
            REQUIRE(server->start());
            const auto unexpected = server->step(31, {});
            REQUIRE_FALSE(unexpected);
            CHECK(unexpected.error().disconnect == Disconnect::key_exchange_failed);
            const auto client = make_kex(entry.info.name, Role::client, rng);
            for (int number = 30; number < 50; ++number) {
                CHECK_FALSE(client->expects(static_cast<std::uint8_t>(number)));  // not started
            }
        }
    }
}

TEST_CASE("kex: truncated and overlong bodies are refused with reason 3") {
    for (const auto& entry : detail::kex_entries()) {
        DYNAMIC_SECTION(entry.info.name) {
            DetRng rng(6);
            const auto first = make_kex(entry.info.name, Role::client, rng)->start();
            REQUIRE(first);
            const KexMessage message = *first->send;
            for (std::size_t cut = 0; cut < message.body.size(); cut += 1 + cut / 16) {
                const auto server = make_kex(entry.info.name, Role::server, rng);
                const auto step = server->step(message.number, ByteView(message.body).first(cut));
                REQUIRE_FALSE(step);
                CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
            }
            Bytes longer = message.body;
            longer.push_back(0);
            const auto step =
                make_kex(entry.info.name, Role::server, rng)->step(message.number, longer);
            REQUIRE_FALSE(step);
            CHECK(step.error().code == Errc::peer_malformed);
        }
    }
}

/// What one end sent, for the other to take.
struct Sent {
    Role to;
    KexMessage message;
};

/// A whole exchange, message by message.
std::vector<Sent> record(std::string_view name) {
    DetRng client_rng(7), server_rng(8);
    const auto client = make_kex(name, Role::client, client_rng);
    const auto server = make_kex(name, Role::server, server_rng);
    std::vector<Sent> sent;
    auto step = client->start();
    for (Role to = Role::server; step && !(to == Role::server && step->done); to = other(to)) {
        KexMessage message;
        if (step->done) {
            message.number = step->done->reply_number;
            Writer(message.body).string("the host key").bytes(step->done->reply_field);
            Writer(message.body).string("the signature");
        } else {
            message = *step->send;
        }
        sent.push_back({to, message});
        step = (to == Role::server ? server : client)->step(message.number, message.body);
    }
    REQUIRE(step);
    return sent;
}

/// The end that takes message `at` of the exchange, at the moment when it waits for it.
std::unique_ptr<KexMethod> awaiting(std::string_view name, const std::vector<Sent>& sent,
                                    std::size_t at, Rng& rng) {
    auto method = make_kex(name, sent[at].to, rng);
    REQUIRE(method->start());
    for (std::size_t i = 0; i < at; ++i) {
        if (sent[i].to != sent[at].to) continue;
        REQUIRE(method->step(sent[i].message.number, sent[i].message.body));
    }
    return method;
}

TEST_CASE("kex: every message cut short or with a byte too many is refused by who takes it") {
    for (const auto& entry : detail::kex_entries()) {
        DYNAMIC_SECTION(entry.info.name) {
            const auto sent = record(entry.info.name);
            REQUIRE(sent.size() == (entry.info.name.find("-exchange-") != std::string_view::npos
                                        ? std::size_t{4}
                                        : std::size_t{2}));
            for (std::size_t at = 0; at < sent.size(); ++at) {
                const Bytes& whole = sent[at].message.body;
                const std::size_t size = whole.size();
                for (const std::size_t kept : {std::size_t{0}, std::size_t{3}, std::size_t{4},
                                               size / 2, size - 1, size + 1}) {
                    INFO("message " << at << ", " << kept << " of " << size << " bytes");
                    Bytes body = whole;
                    body.resize(kept);
                    DetRng rng(sent[at].to == Role::client ? 7 : 8);
                    const auto method = awaiting(entry.info.name, sent, at, rng);
                    const auto step = method->step(sent[at].message.number, body);
                    REQUIRE_FALSE(step);
                    CHECK(step.error().code == Errc::peer_malformed);
                    CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
                    CHECK_FALSE(method->expects(sent[at].message.number));
                }
            }
        }
    }
}

TEST_CASE("kex: default order") {
    std::vector<std::string> names;
    for (const auto& entry : detail::kex_entries()) {
        if (entry.info.by_default) names.emplace_back(entry.info.name);
    }
    CHECK(names == std::vector<std::string>{"mlkem768x25519-sha256", "sntrup761x25519-sha512",
                                            "sntrup761x25519-sha512@openssh.com",
                                            "curve25519-sha256", "curve25519-sha256@libssh.org",
                                            "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
                                            "ecdh-sha2-nistp521"});
}

}  // namespace
}  // namespace nacre
