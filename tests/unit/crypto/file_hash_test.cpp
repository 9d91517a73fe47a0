#include "support/hex.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/file_hash.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

// Digests of "123456789": the check value that catalogues of CRCs give, and coreutils' md5sum and
// its relatives.
TEST_CASE("file hashes have SFTP's names", "[crypto][hash]") {
    const std::pair<const char*, const char*> known[] = {
        {"crc32", "cbf43926"},
        {"md5", "25f9e794323b453885f5181f1b624d0b"},
        {"sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"},
        {"sha224", "9b3e61bf29f17c75572fae2e86e17809a4513d07c8a18152acf34521"},
        {"sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"},
        {"sha384",
         "eb455d56d2c1a69de64e832011f3393d45f3fa31d6842f21af92d2fe469c499da5e3179847334a18479c8d1d"
         "edea1be3"},
        {"sha512",
         "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55e"
         "c02d73d499c95455b6b5bb503acf574fba8ffe85"},
    };
    for (const auto& [name, digest] : known) {
        INFO(name);
        const auto hash = make_file_hash(botan_provider(), name);
        REQUIRE(hash != nullptr);
        Bytes out(hash->size());
        for (int again = 0; again < 2; ++again) {
            hash->update(as_bytes("1234"));
            hash->update(as_bytes("56789"));
            hash->finish(out);
            CHECK(out == test::from_hex(digest));
        }
    }
    for (const auto* name : {"", "MD5", "sha-1", "crc", "sha3-256"})
        CHECK(make_file_hash(botan_provider(), name) == nullptr);
}
