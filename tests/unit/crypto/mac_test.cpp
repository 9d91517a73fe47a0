#include "crypto/botan/registry.hpp"
#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using test::from_hex;

namespace {

const detail::MacEntry& entry_of(std::string_view name) {
    for (const auto& entry : detail::mac_entries())
        if (entry.info.name == name) return entry;
    throw std::invalid_argument("no such MAC");
}

/// The tag of `message`, of which the first four bytes stand in for the sequence number.
Bytes hmac(std::string_view name, ByteView key, ByteView message) {
    const auto& entry = entry_of(name);
    Bytes tag(entry.tag_size);
    entry.make(entry, key)->compute(load_be32(message.data()), message.subspan(4), tag);
    return tag;
}

}  // namespace

TEST_CASE("mac: HMAC vectors of RFC 4231 and RFC 2202", "[crypto][mac]") {
    const Bytes key1(20, 0x0b);
    const ByteView data1 = as_bytes("Hi There");
    const ByteView key2 = as_bytes("Jefe");
    const ByteView data2 = as_bytes("what do ya want for nothing?");

    CHECK(hmac("hmac-sha2-256", key1, data1) ==
          from_hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    CHECK(hmac("hmac-sha2-256", key2, data2) ==
          from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    CHECK(hmac("hmac-sha2-512", key1, data1) ==
          from_hex("87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                   "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"));
    CHECK(hmac("hmac-sha2-512", key2, data2) ==
          from_hex("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                   "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"));
    CHECK(hmac("hmac-sha224@ssh.com", key1, data1) ==
          from_hex("896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22"));
    CHECK(hmac("hmac-sha384@ssh.com", key1, data1) ==
          from_hex("afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
                   "faea9ea9076ede7f4af152e8b2fa9cb6"));
    CHECK(hmac("hmac-sha1", key1, data1) == from_hex("b617318655057264e28bc0b6fb378c8ef146be00"));
    CHECK(hmac("hmac-sha1", key2, data2) == from_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
}

TEST_CASE("mac: HMAC vectors of RFC 2202 and RFC 2286", "[crypto][mac]") {
    const ByteView data1 = as_bytes("Hi There");
    const ByteView key2 = as_bytes("Jefe");
    const ByteView data2 = as_bytes("what do ya want for nothing?");
    CHECK(hmac("hmac-md5", Bytes(16, 0x0b), data1) == from_hex("9294727a3638bb1c13f48ef8158bfc9d"));
    CHECK(hmac("hmac-md5", key2, data2) == from_hex("750c783e6ab0b503eaa86e310a5db738"));
    for (const auto* name : {"hmac-ripemd160", "hmac-ripemd160@openssh.com"}) {
        CHECK(hmac(name, Bytes(20, 0x0b), data1) ==
              from_hex("24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668"));
        CHECK(hmac(name, key2, data2) == from_hex("dda6c0213a485a9e24f4742064a7f033b43c4069"));
    }
}

TEST_CASE("mac: the first 96 bits of the vectors for truncation", "[crypto][mac]") {
    // Number 5 of RFC 2202, RFC 2286 and RFC 4231.
    const ByteView data = as_bytes("Test With Truncation");
    const Bytes key(20, 0x0c);
    CHECK(hmac("hmac-md5-96", Bytes(16, 0x0c), data) == from_hex("56461ef2342edc00f9bab995"));
    CHECK(hmac("hmac-sha1-96", key, data) == from_hex("4c1a03424b55e07fe7f27be1"));
    CHECK(hmac("hmac-ripemd160-96", key, data) == from_hex("7619693978f91d90539ae786"));
    CHECK(hmac("hmac-sha2-256-96", key, data) == from_hex("a3b6167473100ee06e0c796c"));
    CHECK(hmac("hmac-sha2-512-96", key, data) == from_hex("415fad6271580a531d4179bc"));
}

TEST_CASE("mac: the object starts anew after each packet", "[crypto][mac]") {
    for (const auto& entry : detail::mac_entries()) {
        INFO(entry.info.name);
        if (entry.info.aead) continue;
        const Bytes key(entry.key_size, 3);
        const Bytes packet(100, 9);
        const auto mac = entry.make(entry, key);
        Bytes first(entry.tag_size);
        Bytes other(entry.tag_size);
        Bytes again(entry.tag_size);
        mac->compute(1, packet, first);
        mac->compute(2, packet, other);
        mac->compute(1, packet, again);
        CHECK(first == again);
        CHECK(first != other);
    }
}
