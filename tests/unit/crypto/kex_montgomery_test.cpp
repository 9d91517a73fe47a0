#include "kex_harness.hpp"
#include "support/hex.hpp"

namespace nacre {
namespace {

using test::FixedRng;
using test::from_hex;
using test::make_kex;
using test::to_hex;

TEST_CASE("kex x25519: RFC 7748 section 6.1") {
    FixedRng alice("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    FixedRng bob("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    const auto joined = test::join(*make_kex("curve25519-sha256", Role::client, alice),
                                   *make_kex("curve25519-sha256", Role::server, bob));
    CHECK(to_hex(joined.client.hash_fields) ==
          "000000208520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
          "00000020de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    CHECK(to_hex(joined.client.shared_secret) ==
          "000000204a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    CHECK(joined.numbers == std::vector<std::uint8_t>{30, 31});
}

TEST_CASE("kex x25519: shares of low order are refused by both sides") {
    // All points of small order on the curve and its twist, in every encoding
    // (cr.yp.to/ecdh.html#validate), without and with the bit that is ignored.
    const auto encoding =
        GENERATE("0000000000000000000000000000000000000000000000000000000000000000",
                 "0100000000000000000000000000000000000000000000000000000000000000",
                 "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                 "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                 "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                 "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                 "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    Bytes share = from_hex(encoding);
    share.back() = static_cast<std::uint8_t>(share.back() | GENERATE(0, 0x80));
    CHECK(test::server_refuses("curve25519-sha256", share).code == Errc::peer_misbehaved);
    CHECK(test::client_refuses("curve25519-sha256", share).code == Errc::peer_misbehaved);
    for (const auto* hybrid : {"mlkem768x25519-sha256", "sntrup761x25519-sha512"}) {
        // The KEM's half of an honest offer, with this share.
        test::DetRng rng(1);
        const auto first = make_kex(hybrid, Role::client, rng)->start();
        REQUIRE(first);
        Bytes offer(first->send->body.begin() + 4, first->send->body.end() - 32);
        append(offer, share);
        CHECK(test::server_refuses(hybrid, offer).code == Errc::peer_misbehaved);
    }
}

TEST_CASE("kex x25519: wrong lengths are refused by both sides") {
    for (const std::size_t size : {0u, 1u, 31u, 33u, 64u}) {
        const Bytes share(size, 9);
        CHECK(test::server_refuses("curve25519-sha256", share).code == Errc::peer_malformed);
        CHECK(test::client_refuses("curve25519-sha256", share).code == Errc::peer_malformed);
    }
}

TEST_CASE("kex x448: RFC 7748 section 6.2") {
    FixedRng alice(
        "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28d"
        "d9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b");
    FixedRng bob(
        "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d"
        "6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d");
    const auto joined = test::join(*make_kex("curve448-sha512", Role::client, alice),
                                   *make_kex("curve448-sha512", Role::server, bob));
    CHECK(to_hex(joined.client.hash_fields) ==
          "00000038"
          "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c"
          "22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0"
          "00000038"
          "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b430"
          "27d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609");
    CHECK(to_hex(joined.client.shared_secret) ==
          "00000038"
          "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282b"
          "b60c0b56fd2464c335543936521c24403085d59a449a5037514a879d");
    CHECK(make_kex("curve448-sha512", Role::client, alice)->hash() == "SHA-512");
}

TEST_CASE("kex x448: shares of low order are refused by both sides") {
    // 0, 1 and -1 modulo 2^448 - 2^224 - 1, and the two of them that have a second encoding.
    const std::string ones(54, 'f'), more_ones(56, 'f');
    const std::string zeros(56, '0');
    const auto encoding =
        GENERATE_COPY(zeros + zeros, "01" + std::string(110, '0'), "fe" + ones + "fe" + ones,
                      "ff" + ones + "fe" + ones, zeros + more_ones);
    REQUIRE(encoding.size() == 112);
    const Bytes share = from_hex(encoding);
    CHECK(test::server_refuses("curve448-sha512", share).code == Errc::peer_misbehaved);
    CHECK(test::client_refuses("curve448-sha512", share).code == Errc::peer_misbehaved);
}

TEST_CASE("kex x448: wrong lengths are refused by both sides") {
    for (const std::size_t size : {0u, 1u, 32u, 55u, 57u, 112u}) {
        const Bytes share(size, 9);
        CHECK(test::server_refuses("curve448-sha512", share).code == Errc::peer_malformed);
        CHECK(test::client_refuses("curve448-sha512", share).code == Errc::peer_malformed);
    }
}

}  // namespace
}  // namespace nacre
