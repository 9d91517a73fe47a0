#include "support/det_rng.hpp"
#include "support/hex.hpp"

#include <nacre/base/secret.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

TEST_CASE("wipe overwrites every byte") {
    Bytes b(70, 0xaa);
    wipe(ByteSpan(b).subspan(1, 68));
    CHECK(b[0] == 0xaa);
    CHECK(b[69] == 0xaa);
    CHECK(Bytes(b.begin() + 1, b.end() - 1) == Bytes(68, 0));
    wipe({});
}

TEST_CASE("same_secret sees every bit and the length") {
    test::DetRng rng(1);
    const Bytes a = rng.bytes(37);
    CHECK(same_secret(a, to_bytes(a)));
    for (std::size_t bit = 0; bit < 8 * a.size(); ++bit) {
        Bytes b = a;
        b[bit / 8] = static_cast<std::uint8_t>(b[bit / 8] ^ (1u << (bit % 8)));
        REQUIRE_FALSE(same_secret(a, b));
    }
    CHECK_FALSE(same_secret(a, ByteView(a).first(36)));
    CHECK(same_secret({}, {}));
}

TEST_CASE("SecretBytes owns a copy and moves it") {
    SecretBytes a(as_bytes("secret"));
    CHECK(as_text(a) == "secret");
    const SecretBytes copy = a.copy();
    SecretBytes b = std::move(a);
    CHECK(a.empty());
    CHECK(a.view().empty());
    CHECK(as_text(b) == "secret");

    SecretBytes c(as_bytes("other"));
    c = std::move(b);
    CHECK(b.empty());
    CHECK(as_text(c) == "secret");
    CHECK(as_text(copy) == "secret");
    auto& self = c;
    c = std::move(self);
    CHECK(as_text(c) == "secret");
    CHECK(SecretBytes(std::size_t{0}).empty());
    CHECK(same_bytes(SecretBytes(std::size_t{3}), Bytes(3, 0)));
}

TEST_CASE("SecretBuffer keeps what it is given while it grows") {
    test::DetRng rng(2);
    SecretBuffer buffer;
    Bytes expected;
    for (std::size_t n = 0; n < 200; ++n) {
        const Bytes more = rng.bytes(n);
        buffer.append(more);
        append(expected, more);
        REQUIRE(same_bytes(buffer, expected));
    }
    SECTION("what is appended may lie in the buffer itself") {
        for (int round = 0; round < 3; ++round) {
            buffer.append(buffer.view());
            const Bytes twice = expected;
            append(expected, twice);
            CHECK(same_bytes(buffer, expected));
        }
    }
    SECTION("clear empties it") {
        buffer.clear();
        CHECK(buffer.size() == 0);
        buffer.append(as_bytes("x"));
        CHECK(as_text(buffer) == "x");
    }
    SECTION("it moves") {
        SecretBuffer other;
        other.append(as_bytes("old"));
        other = std::move(buffer);
        CHECK(same_bytes(other, expected));
        CHECK(buffer.size() == 0);
        auto& self = other;
        other = std::move(self);
        CHECK(same_bytes(other, expected));
    }
}
