#include "kex_harness.hpp"
#include "support/vec_file.hpp"

#include <botan/hash.h>

namespace nacre {
namespace {

struct Sizes {
    const char* name;
    std::size_t offer, reply, secret;
};
constexpr Sizes kSizes[] = {
    {"mlkem768x25519-sha256", 1216, 1120, 32},
    {"mlkem768nistp256-sha256", 1249, 1153, 32},
    {"mlkem1024nistp384-sha384", 1665, 1665, 48},
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
    // Two coefficients of 12 bits in three bytes, little-endian; 256 for each of the set's rank.
    const auto [name, coefficients] =
        GENERATE(table<std::string, std::size_t>({{"mlkem768x25519-sha256", 3 * 256},
                                                  {"mlkem768nistp256-sha256", 3 * 256},
                                                  {"mlkem1024nistp384-sha384", 4 * 256}}));
    test::DetRng rng(3);
    const auto first = test::make_kex(name, Role::client, rng)->start();
    REQUIRE(first);
    const Bytes honest(first->send->body.begin() + 4, first->send->body.end());
    for (const std::size_t at : {std::size_t{0}, std::size_t{3 * 100}, coefficients / 2 * 3 - 3}) {
        for (const unsigned value : {3329u, 4095u}) {
            Bytes low = honest, high = honest;
            low[at] = static_cast<std::uint8_t>(value);
            low[at + 1] = static_cast<std::uint8_t>((low[at + 1] & 0xF0u) | value >> 8);
            CHECK(test::server_refuses(name, low).code == Errc::peer_malformed);
            high[at + 1] = static_cast<std::uint8_t>((high[at + 1] & 0x0Fu) | (value & 15) << 4);
            high[at + 2] = static_cast<std::uint8_t>(value >> 4);
            CHECK(test::server_refuses(name, high).code == Errc::peer_malformed);
        }
    }
}

TEST_CASE("kex hybrid: a classical half that is no point on the curve is refused by both sides") {
    for (const auto* name : {"mlkem768nistp256-sha256", "mlkem1024nistp384-sha384"}) {
        test::DetRng a(9), b(10);
        const auto first = test::make_kex(name, Role::client, a)->start();
        REQUIRE(first);
        Bytes offer(first->send->body.begin() + 4, first->send->body.end());
        auto answer = test::make_kex(name, Role::server, b)->step(30, first->send->body);
        REQUIRE(answer);
        Bytes reply(answer->done->reply_field.begin() + 4, answer->done->reply_field.end());
        offer.back() ^= 1;
        reply.back() ^= 1;
        CHECK(test::server_refuses(name, offer).code == Errc::peer_malformed);
        CHECK(test::client_refuses(name, reply).code == Errc::peer_malformed);
    }
}

/// Yields `fixed` first, then what DetRng does.
class PrefixedRng final : public Rng {
  public:
    explicit PrefixedRng(Bytes fixed) : fixed_(std::move(fixed)), then_(1) {}
    void fill(ByteSpan out) noexcept override {
        if (used_ + out.size() > fixed_.size()) return then_.fill(out);
        std::memcpy(out.data(), fixed_.data() + used_, out.size());
        used_ += out.size();
    }

  private:
    Bytes fixed_;
    std::size_t used_ = 0;
    test::DetRng then_;
};

/// Yields `fixed` whenever as many bytes as it has are asked for, else what DetRng does.
class SizedRng final : public Rng {
  public:
    explicit SizedRng(Bytes fixed) : fixed_(std::move(fixed)), else_(1) {}
    void fill(ByteSpan out) noexcept override {
        if (out.size() != fixed_.size()) return else_.fill(out);
        std::memcpy(out.data(), fixed_.data(), out.size());
    }

  private:
    Bytes fixed_;
    test::DetRng else_;
};

Bytes short_hash(ByteView data) {
    const auto hash = Botan::HashFunction::create_or_throw("SHAKE-256(128)");
    hash->update(data);
    Bytes digest(hash->output_length());
    hash->final(digest);
    return digest;
}

TEST_CASE("kex hybrid: ML-KEM-1024's keys and ciphertexts are those of NIST's vectors") {
    constexpr std::size_t kKem = 1568;
    const std::string name = "mlkem1024nistp384-sha384";
    for (const auto& vector : test::load_vec("mlkem1024.vec")) {
        INFO("line " << vector.line());
        if (vector.has("ek_hash")) {
            Bytes seeds = vector.bytes("d");
            append(seeds, vector.bytes("z"));
            PrefixedRng rng(seeds);
            const auto first = test::make_kex(name, Role::client, rng)->start();
            REQUIRE(first);
            CHECK(short_hash(ByteView(first->send->body).subspan(4, kKem)) ==
                  vector.bytes("ek_hash"));
        } else {
            test::DetRng other(11);
            const auto first = test::make_kex(name, Role::client, other)->start();
            REQUIRE(first);
            Bytes offer = vector.bytes("ek");
            REQUIRE(offer.size() == kKem);
            append(offer, ByteView(first->send->body).subspan(4 + kKem));
            Bytes body;
            Writer(body).string(offer);
            SizedRng rng(vector.bytes("m"));
            const auto answer = test::make_kex(name, Role::server, rng)->step(30, body);
            REQUIRE(answer);
            CHECK(short_hash(ByteView(answer->done->reply_field).subspan(4, kKem)) ==
                  vector.bytes("c_hash"));
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
