#include "support/hex.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using test::from_hex;

namespace {

// FIPS 180-4 and RFC 1321: the digest of "abc".
struct Known {
    std::string_view name;
    std::string_view digest;
};
constexpr Known kKnown[] = {
    {"MD5", "900150983cd24fb0d6963f7d28e17f72"},
    {"SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"SHA-384",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7"},
    {"SHA-512",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

}  // namespace

TEST_CASE("hash: known digests, in pieces and again", "[crypto][hash]") {
    for (const Known& known : kKnown) {
        INFO(known.name);
        auto made = botan_provider().hash(known.name);
        REQUIRE(made);
        Hash& hash = **made;
        const Bytes expected = from_hex(known.digest);
        REQUIRE(hash.size() == expected.size());
        REQUIRE(hash.size() <= Hash::kMaxSize);
        Bytes digest(hash.size());
        hash.update(as_bytes("abc"));
        hash.finish(digest);
        CHECK(digest == expected);
        hash.update(as_bytes("a"));
        hash.update({});
        hash.update(as_bytes("bc"));
        hash.finish(digest);
        CHECK(digest == expected);
    }
}

TEST_CASE("hash: other names are unsupported", "[crypto][hash]") {
    for (const std::string_view name : {"", "sha-256", "SHA-3", "SHA-256 ", "HMAC(SHA-256)"}) {
        const auto made = botan_provider().hash(name);
        REQUIRE_FALSE(made);
        CHECK(made.error().code == Errc::unsupported);
    }
}
