#include "kex_harness.hpp"

namespace nacre {
namespace {

struct Sizes {
    const char* name;
    std::size_t offer, reply, secret;
};
constexpr Sizes kSizes[] = {
    {"mlkem768x25519-sha256", 1216, 1120, 32},
    {"sntrup761x25519-sha512", 1190, 1071, 64},
    {"sntrup761x25519-sha512@openssh.com", 1190, 1071, 64},
};

TEST_CASE("kex hybrid: sizes, and K as a string") {
    for (const auto& sizes : kSizes) {
        DYNAMIC_SECTION(sizes.name) {
            test::DetRng a(1), b(2);
            const auto joined = test::join(*test::make_kex(sizes.name, Role::client, a),
                                           *test::make_kex(sizes.name, Role::server, b));
            CHECK(load_be32(joined.client.hash_fields.data()) == sizes.offer);
            CHECK(joined.client.hash_fields.size() == 8 + sizes.offer + sizes.reply);
            CHECK(joined.client.shared_secret.size() == 4 + sizes.secret);
            CHECK(load_be32(joined.client.shared_secret.data()) == sizes.secret);
        }
    }
}

TEST_CASE("kex hybrid: wrong lengths are refused by both sides") {
    for (const auto& sizes : kSizes) {
        for (const std::size_t wrong : {std::size_t{0}, std::size_t{32}, sizes.offer - 32,
                                        sizes.offer - 1, sizes.offer + 1}) {
            CHECK(test::server_refuses(sizes.name, Bytes(wrong, 1)).code == Errc::peer_malformed);
        }
        for (const std::size_t wrong : {std::size_t{0}, std::size_t{32}, sizes.reply - 32,
                                        sizes.reply - 1, sizes.reply + 1}) {
            CHECK(test::client_refuses(sizes.name, Bytes(wrong, 1)).code == Errc::peer_malformed);
        }
    }
}

TEST_CASE("kex hybrid: an ML-KEM key with a coefficient of 3329 or more is refused") {
    test::DetRng rng(3);
    const auto first = test::make_kex("mlkem768x25519-sha256", Role::client, rng)->start();
    REQUIRE(first);
    const Bytes honest(first->send->body.begin() + 4, first->send->body.end());
    // Two coefficients of 12 bits in three bytes, little-endian; 3 * 256 of them.
    for (const std::size_t at : {std::size_t{0}, std::size_t{3 * 100}, std::size_t{1149}}) {
        for (const unsigned value : {3329u, 4095u}) {
            Bytes low = honest, high = honest;
            low[at] = static_cast<std::uint8_t>(value);
            low[at + 1] = static_cast<std::uint8_t>((low[at + 1] & 0xF0u) | value >> 8);
            CHECK(test::server_refuses("mlkem768x25519-sha256", low).code == Errc::peer_malformed);
            high[at + 1] = static_cast<std::uint8_t>((high[at + 1] & 0x0Fu) | (value & 15) << 4);
            high[at + 2] = static_cast<std::uint8_t>(value >> 4);
            CHECK(test::server_refuses("mlkem768x25519-sha256", high).code == Errc::peer_malformed);
        }
    }
}

TEST_CASE("kex hybrid: a changed ciphertext gives the client another secret") {
    for (const auto& sizes : kSizes) {
        test::DetRng a(4), b(5);
        const auto client = test::make_kex(sizes.name, Role::client, a);
        const auto server = test::make_kex(sizes.name, Role::server, b);
        const auto first = client->start();
        REQUIRE(first);
        auto answer = server->step(30, first->send->body);
        REQUIRE(answer);
        Bytes body;
        Writer(body).string("host key");
        append(body, answer->done->reply_field);
        Writer(body).string("signature");
        body[12 + 4 + 500] ^= 1;
        auto end = client->step(31, body);
        REQUIRE(end);
        CHECK_FALSE(same_bytes(end->done->shared_secret, answer->done->shared_secret));
    }
}

}  // namespace
}  // namespace nacre
