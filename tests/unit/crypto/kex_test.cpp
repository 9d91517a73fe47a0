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
