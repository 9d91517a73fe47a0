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
    CHECK(hmac("hmac-sha1", key1, data1) == from_hex("b617318655057264e28bc0b6fb378c8ef146be00"));
    CHECK(hmac("hmac-sha1", key2, data2) == from_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
}

TEST_CASE("mac: the object starts anew after each packet", "[crypto][mac]") {
    for (const auto& entry : detail::mac_entries()) {
        INFO(entry.info.name);
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
