#include "crypto/botan/kex_ecdh.hpp"

#include "kex_harness.hpp"
#include "support/hex.hpp"

#include <nacre/wire/reader.hpp>

namespace nacre {
namespace {

using test::from_hex;

struct Curve {
    const char* name;
    std::size_t field;
};
constexpr Curve kCurves[] = {
    {"ecdh-sha2-nistp256", 32}, {"ecdh-sha2-nistp384", 48}, {"ecdh-sha2-nistp521", 66}};

Bytes honest_offer(const char* name) {
    test::DetRng rng(1);
    const auto first = test::make_kex(name, Role::client, rng)->start();
    REQUIRE(first);
    return Bytes(first->send->body.begin() + 4, first->send->body.end());
}

TEST_CASE("kex ecdh: points are uncompressed and K an mpint of the field's size") {
    for (const auto& curve : kCurves) {
        const auto offer = honest_offer(curve.name);
        CHECK(offer.size() == 1 + 2 * curve.field);
        CHECK(offer[0] == 4);
        test::DetRng a(2), b(3);
        const auto joined = test::join(*test::make_kex(curve.name, Role::client, a),
                                       *test::make_kex(curve.name, Role::server, b));
        Reader reader(joined.client.shared_secret);
        const auto k = reader.mpint();
        CHECK(reader.done());
        CHECK(k.size() <= curve.field);
        CHECK(k.size() + 2 >= curve.field);
    }
}

TEST_CASE("kex ecdh: what is not an uncompressed point on the curve is refused by both sides") {
    for (const auto& curve : kCurves) {
        INFO(curve.name);
        const auto offer = honest_offer(curve.name);
        const auto refused = [&](const Bytes& share) {
            CHECK(test::server_refuses(curve.name, share).code == Errc::peer_malformed);
            CHECK(test::client_refuses(curve.name, share).code == Errc::peer_malformed);
        };
        refused({});
        refused({0});  // infinity
        refused(Bytes(offer.size(), 0));
        refused(Bytes(offer.begin(), offer.end() - 1));
        auto changed = offer;
        changed.push_back(0);
        refused(changed);
        changed = offer;
        changed.back() ^= 1;  // off the curve
        refused(changed);
        changed = offer;
        changed[0] = 6;  // hybrid form
        refused(changed);
        changed.assign(offer.begin(), offer.begin() + 1 + static_cast<long>(curve.field));
        changed[0] = static_cast<std::uint8_t>(2 + (offer.back() & 1));  // compressed form
        refused(changed);
        changed = Bytes(offer.size(), 0xFF);  // coordinates not below the prime
        changed[0] = 4;
        refused(changed);
    }
}

TEST_CASE("kex ecdh: point of the invalid curve y^2 = x^3 - 3x + 1 is refused") {
    // x = 0, y = 1 satisfies it, and no curve in use.
    for (const auto& curve : kCurves) {
        Bytes point(1 + 2 * curve.field);
        point[0] = 4;
        point.back() = 1;
        CHECK(test::server_refuses(curve.name, point).code == Errc::peer_malformed);
    }
}

TEST_CASE("kex ecdh: the secret that hybrids hash keeps its leading zeros") {
    // One x coordinate in 256 begins with a zero byte; the seeds lead there soon.
    test::DetRng rng(12);
    bool found = false;
    for (int i = 0; i < 3000 && !found; ++i) {
        const auto client = detail::make_ecdh("secp256r1");
        const auto answer = detail::make_ecdh("secp256r1")->answer(client->offer(rng), rng);
        REQUIRE(answer);
        REQUIRE(answer->secret.size() == 32);
        found = answer->secret.view()[0] == 0;
        if (found) {
            const auto secret = client->finish(answer->share);
            REQUIRE(secret);
            CHECK(same_bytes(*secret, answer->secret));
        }
    }
    CHECK(found);
}

}  // namespace
}  // namespace nacre
