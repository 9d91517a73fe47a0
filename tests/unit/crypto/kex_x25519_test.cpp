#include "kex_harness.hpp"
#include "support/hex.hpp"

namespace nacre {
namespace {

using test::from_hex;
using test::make_kex;
using test::to_hex;

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

}  // namespace
}  // namespace nacre
