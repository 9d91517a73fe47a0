#include "nacre-pkcs11/signature.hpp"

#include "nacre-pkcs11/objects.hpp"
#include "support/hex.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

namespace nacre::pkcs11::detail {
namespace {

using test::from_hex;
using test::to_hex;

const Way& way(std::string_view type, std::string_view algorithm) {
    for (const Way& one : ways_for(type))
        if (one.algorithm == algorithm) return one;
    throw std::invalid_argument("no such way");
}

std::string prepared(std::string_view type, std::string_view algorithm) {
    const auto made = prepare(way(type, algorithm), as_bytes("abc"), botan_provider());
    REQUIRE(made.has_value());
    return to_hex(*made);
}

// The digests of "abc" are those of FIPS 180-4's examples, what stands in front is of RFC 8017.
TEST_CASE("what a token signs", "[pkcs11]") {
    CHECK(prepared("ssh-rsa", "ssh-rsa") ==
          "3021300906052b0e03021a05000414a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(prepared("ssh-rsa", "rsa-sha2-256") ==
          "3031300d060960864801650304020105000420"
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(prepared("ssh-rsa", "rsa-sha2-512") ==
          "3051300d060960864801650304020305000440"
          "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
          "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    CHECK(prepared("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(prepared("ssh-ed25519", "ssh-ed25519") == "616263");
    CHECK(ways_for("ssh-dss").empty());
}

TEST_CASE("what becomes of a token's signature", "[pkcs11]") {
    const Way& ecdsa = way("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256");
    const auto blob = signature_blob(ecdsa, from_hex("0001 8002"));
    REQUIRE(blob.has_value());
    CHECK(to_hex(*blob) == to_hex(from_hex("00000013 'ecdsa-sha2-nistp256' 0000000c"
                                           "00000001 01 00000003 008002")));
    CHECK_FALSE(signature_blob(ecdsa, from_hex("000102")).has_value());
    CHECK_FALSE(signature_blob(ecdsa, {}).has_value());
    const auto plain = signature_blob(way("ssh-ed25519", "ssh-ed25519"), from_hex("0102"));
    CHECK(to_hex(*plain) == to_hex(from_hex("0000000b 'ssh-ed25519' 00000002 0102")));
}

TEST_CASE("points of curves, in DER and bare", "[pkcs11]") {
    const auto point = [](std::string_view header, std::size_t size, std::size_t wanted) {
        Bytes value = from_hex(header);
        value.resize(value.size() + size, 7);
        return point_in(value, wanted).size();
    };
    CHECK(point("", 65, 65) == 65);
    CHECK(point("0441", 65, 65) == 65);
    CHECK(point("048185", 133, 133) == 133);
    CHECK(point("0420", 32, 32) == 32);
    CHECK(point("0440", 65, 65) == 0);
    CHECK(point("0441", 64, 65) == 0);
    CHECK(point("0341", 65, 65) == 0);
    CHECK(point("048285", 133, 133) == 0);
    CHECK(point("", 0, 65) == 0);
}

}  // namespace
}  // namespace nacre::pkcs11::detail
