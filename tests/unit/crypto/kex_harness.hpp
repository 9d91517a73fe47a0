/// \file
/// Runs key exchange methods of the Botan provider without a session.
#pragma once
#include "crypto/botan/registry.hpp"
#include "support/det_rng.hpp"
#include "support/hex.hpp"

#include <nacre/crypto/kex.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

#include <string>

namespace nacre::test {

/// Yields the private key of a vector.
class FixedRng final : public Rng {
  public:
    explicit FixedRng(std::string_view hex) : bytes_(from_hex(hex)) {}
    void fill(ByteSpan out) noexcept override {
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = bytes_[i % bytes_.size()];
    }

  private:
    Bytes bytes_;
};

inline std::unique_ptr<KexMethod> make_kex(std::string_view name, const KexContext& context) {
    for (const auto& entry : detail::kex_entries()) {
        if (entry.info.name != name) continue;
        auto made = entry.make(name, context);
        REQUIRE(made);
        return std::move(*made);
    }
    FAIL("no such method");
    return nullptr;
}

inline std::unique_ptr<KexMethod> make_kex(std::string_view name, Role role, Rng& rng) {
    KexContext context;
    context.role = role;
    context.rng = &rng;
    return make_kex(name, context);
}

/// Both ends of one exchange.
struct Joined {
    KexDone client, server;
    std::vector<std::uint8_t> numbers;  ///< of the messages, in order, both directions
};

/// Carries messages between the two until both are done. The client's last message is built from
/// what the server answered, with `host_key` and `signature` around its field, as a session does.
inline Joined join(KexMethod& client, KexMethod& server) {
    Joined joined;
    bool server_done = false, client_done = false;
    REQUIRE(server.start());
    auto from_client = client.start();
    REQUIRE(from_client);
    for (int round = 0; round < 4 && !client_done; ++round) {
        REQUIRE(from_client->send);
        const KexMessage request = *from_client->send;
        joined.numbers.push_back(request.number);
        REQUIRE(server.expects(request.number));
        auto answer = server.step(request.number, request.body);
        REQUIRE(answer);
        CHECK_FALSE(server.expects(request.number));
        KexMessage reply;
        if (answer->done) {
            server_done = true;
            joined.server = std::move(*answer->done);
            reply.number = joined.server.reply_number;
            Writer(reply.body).string("the host key");
            append(reply.body, joined.server.reply_field);
            Writer(reply.body).string("the signature");
        } else {
            REQUIRE(answer->send);
            reply = *answer->send;
        }
        joined.numbers.push_back(reply.number);
        REQUIRE(client.expects(reply.number));
        from_client = client.step(reply.number, reply.body);
        REQUIRE(from_client);
        CHECK_FALSE(client.expects(reply.number));
        if (from_client->done) {
            client_done = true;
            joined.client = std::move(*from_client->done);
        }
    }
    REQUIRE(client_done);
    REQUIRE(server_done);
    for (int number = 30; number < 50; ++number) {
        CHECK_FALSE(client.expects(static_cast<std::uint8_t>(number)));
        CHECK_FALSE(server.expects(static_cast<std::uint8_t>(number)));
    }
    return joined;
}

/// The server's step with a body of one string, which must fail.
inline Error server_refuses(std::string_view name, ByteView share) {
    DetRng rng(7);
    const auto server = make_kex(name, Role::server, rng);
    REQUIRE(server->start());
    Bytes body;
    Writer(body).string(share);
    const auto step = server->step(30, body);
    REQUIRE_FALSE(step);
    CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
    return step.error();
}

/// The client's step after start() with a reply that holds `share`, which must fail.
inline Error client_refuses(std::string_view name, ByteView share) {
    DetRng rng(8);
    const auto client = make_kex(name, Role::client, rng);
    REQUIRE(client->start());
    Bytes body;
    Writer(body).string("host key").string(share).string("signature");
    const auto step = client->step(31, body);
    REQUIRE_FALSE(step);
    CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
    return step.error();
}

}  // namespace nacre::test
