#include "crypto/botan/umac.hpp"

#include "support/hex.hpp"
#include "support/vec_file.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using nacre::detail::Umac;

namespace {

Bytes tag_of(std::size_t size, ByteView key, std::string_view nonce, ByteView message) {
    std::array<std::uint8_t, Umac::kNonceSize> n{};
    std::copy(nonce.begin(), nonce.end(), n.begin());
    Bytes tag(size);
    Umac(key, size).compute(n, message, tag);
    return tag;
}

}  // namespace

TEST_CASE("umac: RFC 4418 vectors", "[crypto][umac]") {
    for (const auto& vector : test::load_vec("umac.vec")) {
        INFO("line " << vector.line());
        const Bytes text = vector.bytes("text");
        Bytes message;
        for (std::size_t i = 0; i < vector.number("repeat"); ++i) append(message, text);
        const ByteView key = as_bytes("abcdefghijklmnop");
        CHECK(tag_of(8, key, "bcdefghi", message) == vector.bytes("umac64"));
        CHECK(tag_of(16, key, "bcdefghi", message) == vector.bytes("umac128"));
    }
}

TEST_CASE("umac: one object hashes any number of messages", "[crypto][umac]") {
    const ByteView key = as_bytes("abcdefghijklmnop");
    Umac umac(key, 8);
    const Bytes message(5000, 0x61);
    for (int i = 0; i < 4; ++i) {
        std::array<std::uint8_t, 8> nonce{};
        nonce[7] = static_cast<std::uint8_t>(i);
        Bytes tag(8);
        umac.compute(nonce, message, tag);
        const std::string text(nonce.begin(), nonce.end());
        CHECK(tag == tag_of(8, key, text, message));
    }
}

TEST_CASE("umac: every byte, the length, the nonce and the key count", "[crypto][umac]") {
    const Bytes key(16, 7);
    for (const std::size_t size : {std::size_t{8}, std::size_t{16}}) {
        for (const std::size_t length : {1u, 31u, 32u, 33u, 1023u, 1024u, 1025u, 2100u}) {
            INFO("tag " << size << " length " << length);
            Bytes message(length, 0);
            const Bytes tag = tag_of(size, key, "nonce  0", message);
            CHECK(tag != tag_of(size, key, "nonce  1", message));
            CHECK(tag != tag_of(size, Bytes(16, 8), "nonce  0", message));
            message.push_back(0);
            CHECK(tag != tag_of(size, key, "nonce  0", message));
            message.pop_back();
            for (const std::size_t at : {std::size_t{0}, length / 2, length - 1}) {
                message[at] ^= 0x80;
                CHECK(tag != tag_of(size, key, "nonce  0", message));
                message[at] ^= 0x80;
            }
        }
    }
}

TEST_CASE("umac: refuses what it cannot compute", "[crypto][umac]") {
    const Bytes key(16, 7);
    CHECK_THROWS(Umac(key, 4));
    CHECK_THROWS(Umac(Bytes(15, 7), 8));
    CHECK_THROWS(tag_of(8, key, "nonce  0", Bytes(Umac::kMaxMessage + 1)));
}
