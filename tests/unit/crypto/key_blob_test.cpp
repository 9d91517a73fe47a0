#include "support/det_rng.hpp"
#include "support/vec_file.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

#include <array>

namespace nacre {
namespace {

bool is_key(const Bytes& blob) {
    const auto key = botan_provider().public_key(blob);
    if (!key) CHECK(key.error().code == Errc::peer_malformed);
    return key.has_value();
}

Bytes rsa_blob(const Bytes& n, const Bytes& e) {
    Bytes blob;
    Writer(blob).string("ssh-rsa").mpint(e).mpint(n);
    return blob;
}

bool rsa(const Bytes& n, const Bytes& e) {
    return is_key(rsa_blob(n, e));
}

Bytes odd(std::size_t bits) {
    Bytes n((bits + 7) / 8, 0xFF);
    n[0] = static_cast<std::uint8_t>(0xFF >> (8 * n.size() - bits));
    return n;
}

TEST_CASE("key blobs: RSA numbers are bounded before anything is computed") {
    CHECK(rsa(odd(2048), {1, 0, 1}));
    CHECK(rsa(odd(1024), {3}));
    CHECK(rsa(odd(16384), {3}));
    CHECK(rsa(odd(2048), {0xFF, 0xFF, 0xFF, 0xFF}));
    CHECK_FALSE(rsa(odd(1023), {3}));
    CHECK_FALSE(rsa(odd(16385), {3}));
    CHECK_FALSE(rsa(odd(65536), {3}));
    CHECK_FALSE(rsa({}, {3}));
    CHECK_FALSE(rsa({35}, {3}));
    auto even = odd(2048);
    even.back() = 0xFE;
    CHECK_FALSE(rsa(even, {3}));
    CHECK_FALSE(rsa(odd(2048), {}));
    CHECK_FALSE(rsa(odd(2048), {1}));
    CHECK_FALSE(rsa(odd(2048), {2}));
    CHECK_FALSE(rsa(odd(2048), {1, 0, 0, 0, 1}));
    CHECK_FALSE(rsa(odd(2048), odd(2048)));
}

TEST_CASE("key blobs: a key tells whether its signatures take long to verify") {
    CHECK_FALSE((*botan_provider().public_key(rsa_blob(odd(4096), {1, 0, 1})))->costly());
    CHECK((*botan_provider().public_key(rsa_blob(odd(4104), {1, 0, 1})))->costly());
    CHECK((*botan_provider().public_key(rsa_blob(odd(2048), {1, 0, 3})))->costly());
    for (const auto& vector : test::load_vec("keys.vec")) {
        const auto key = botan_provider().public_key(vector.bytes("blob"));
        REQUIRE(key);
        const auto type = (*key)->type();
        CHECK((*key)->costly() == (type == "ssh-dss" || type == "ssh-ed448" ||
                                   (type.starts_with("ecdsa") && (*key)->bits() > 256)));
    }
}

TEST_CASE("key blobs: RSA numbers are in their only encoding") {
    Bytes padded;
    Bytes n{0, 0};
    append(n, odd(2048));
    Writer(padded).string("ssh-rsa").mpint(Bytes{3}).string(ByteView(n));
    CHECK_FALSE(is_key(padded));
    Bytes negative;
    Writer(negative).string("ssh-rsa").mpint(Bytes{3}).string(ByteView(odd(2048)));
    CHECK_FALSE(is_key(negative));
}

TEST_CASE("key blobs: Ed25519 points have 32 bytes, Ed448 points 57") {
    for (std::size_t size = 0; size <= 65; ++size) {
        Bytes blob, blob448;
        Writer(blob).string("ssh-ed25519").string(ByteView(Bytes(size, 3)));
        Writer(blob448).string("ssh-ed448").string(ByteView(Bytes(size, 3)));
        CHECK(is_key(blob) == (size == 32));
        CHECK(is_key(blob448) == (size == 57));
    }
}

TEST_CASE("key blobs: DSA numbers have the sizes of FIPS 186-2 and belong together") {
    // The key of RFC 6979 A.2.1.
    std::array<Bytes, 4> good;
    for (const auto& vector : test::load_vec("keys.vec")) {
        if (as_text(vector.bytes("type")) != "ssh-dss") continue;
        const Bytes blob = vector.bytes("blob");
        Reader reader(blob);
        reader.text();
        for (Bytes& number : good) number = to_bytes(reader.mpint());
    }
    const auto accepted = [](const std::array<Bytes, 4>& numbers) {
        Bytes blob;
        Writer writer(blob);
        writer.string("ssh-dss");
        for (const Bytes& number : numbers) writer.mpint(number);
        return is_key(blob);
    };
    REQUIRE(accepted(good));
    for (std::size_t i = 0; i < good.size(); ++i) {
        INFO("number " << i);
        auto bad = good;
        bad[i] = {};
        CHECK_FALSE(accepted(bad));
        bad[i] = {1};
        CHECK_FALSE(accepted(bad));
        bad[i] = {2};
        CHECK_FALSE(accepted(bad));
        bad[i] = good[i];
        bad[i].back() ^= 2;
        CHECK_FALSE(accepted(bad));
        bad[i] = good[i];
        bad[i].insert(bad[i].begin(), 1);
        CHECK_FALSE(accepted(bad));
        bad[i] = odd(16384);
        CHECK_FALSE(accepted(bad));
    }
}

TEST_CASE("key blobs: ECDSA points are uncompressed, on the curve that is named twice") {
    test::DetRng rng(1);
    const auto made = botan_provider().generate("ecdsa-sha2-nistp256", 0, rng);
    REQUIRE(made);
    Reader reader(made->public_blob);
    reader.text();
    reader.text();
    const auto point = to_bytes(reader.string());
    const auto accepted = [](std::string_view type, std::string_view curve, const Bytes& q) {
        Bytes blob;
        Writer(blob).string(type).string(curve).string(ByteView(q));
        return is_key(blob);
    };
    const std::string_view type = "ecdsa-sha2-nistp256";
    CHECK(accepted(type, "nistp256", point));
    CHECK_FALSE(accepted(type, "nistp384", point));
    CHECK_FALSE(accepted("ecdsa-sha2-nistp384", "nistp256", point));
    CHECK_FALSE(accepted("ecdsa-sha2-nistp384", "nistp384", point));
    CHECK_FALSE(accepted(type, "", point));
    CHECK_FALSE(accepted(type, "nistp256", {}));
    CHECK_FALSE(accepted(type, "nistp256", {0}));
    CHECK_FALSE(accepted(type, "nistp256", Bytes(65, 0)));
    Bytes changed = point;
    changed.back() ^= 1;
    CHECK_FALSE(accepted(type, "nistp256", changed));
    changed.assign(point.begin(), point.begin() + 33);
    changed[0] = static_cast<std::uint8_t>(2 + (point.back() & 1));
    CHECK_FALSE(accepted(type, "nistp256", changed));
}

TEST_CASE("key blobs: unknown types are unsupported") {
    for (const auto* type : {"ssh-ed449", "", "ssh-ed25519-cert-v99@openssh.com"}) {
        Bytes blob;
        Writer(blob).string(std::string_view(type)).string("x");
        const auto key = botan_provider().public_key(blob);
        REQUIRE_FALSE(key);
        CHECK(key.error().code == Errc::unsupported);
    }
}

TEST_CASE("key blobs: ECDSA signatures hold two positive numbers of the order's size") {
    const auto vector = test::load_vec("keys.vec").at(3);
    const std::string_view algorithm = "ecdsa-sha2-nistp256";
    const auto key = botan_provider().public_key(vector.bytes("blob"));
    REQUIRE(key);
    const auto signature = vector.bytes("signature");
    Reader outer(signature);
    REQUIRE(outer.text() == algorithm);
    Reader inner(outer.string());
    const auto r = inner.mpint(), s = inner.mpint();
    const auto verifies = [&](ByteView first, ByteView second) {
        Bytes raw, blob;
        Writer(raw).mpint(first).mpint(second);
        Writer(blob).string(algorithm).string(ByteView(raw));
        return (*key)->verify(algorithm, vector.bytes("data"), blob);
    };
    CHECK(verifies(r, s));
    CHECK_FALSE(verifies(s, r));
    CHECK_FALSE(verifies({}, s));
    CHECK_FALSE(verifies(r, {}));
    CHECK_FALSE(verifies({}, {}));
    CHECK_FALSE(verifies(Bytes(32, 0xFF), s));
    CHECK_FALSE(verifies(Bytes(33, 1), s));
    CHECK_FALSE(verifies(Bytes(2000, 1), Bytes(2000, 1)));
}

TEST_CASE("key blobs: an RSA signature may lack its leading zeros") {
    const auto vector = test::load_vec("keys.vec").back();
    const auto signer = botan_provider().signer(
        PrivateKey{"ssh-rsa", vector.bytes("blob"), SecretBytes(vector.bytes("fields")), {}});
    const auto key = botan_provider().public_key(vector.bytes("blob"));
    REQUIRE(signer);
    REQUIRE(key);
    // One in 256 signatures begins with a zero.
    for (std::uint32_t i = 0; i < 8192; ++i) {
        Bytes data(4);
        store_be32(data.data(), i);
        Bytes blob;
        (*signer)->sign(data, "rsa-sha2-256", Reply<Signature>::from([&](Result<Signature>&& made) {
                            if (made) blob = std::move(made->blob);
                        }));
        Reader reader(blob);
        reader.text();
        auto raw = reader.string();
        REQUIRE(raw.size() == 256);
        if (raw[0] != 0) continue;
        while (raw[0] == 0) raw = raw.subspan(1);
        Bytes shorter;
        Writer(shorter).string("rsa-sha2-256").string(raw);
        CHECK((*key)->verify("rsa-sha2-256", data, shorter));
        Bytes longer(1), longer_blob;
        append(longer, Bytes(256, 1));
        Writer(longer_blob).string("rsa-sha2-256").string(ByteView(longer));
        CHECK_FALSE((*key)->verify("rsa-sha2-256", data, longer_blob));
        return;
    }
    FAIL("no signature with a leading zero");
}

}  // namespace
}  // namespace nacre
