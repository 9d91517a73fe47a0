#include "nacre-bench/packets.hpp"
#include "support/det_rng.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::bench;

TEST_CASE("packets have the least padding that aligns them", "[bench]") {
    const std::size_t payload = GENERATE(range(std::size_t{1}, std::size_t{40}));
    for (const bool outside : {false, true}) {
        CipherShape shape;
        shape.block = 16;
        shape.tag = 16;
        shape.length_outside_padding = outside;
        const PacketForm form(shape, payload);
        CHECK(form.padding >= 4);
        CHECK(form.padding < 4 + 16);
        CHECK((form.length + (outside ? 0 : 4)) % 16 == 0);
        CHECK(form.length == 1 + payload + form.padding);
        CHECK(form.size == 4 + form.length + 16);
    }
}

TEST_CASE("all combinations of ciphers and MACs, a MAC only where one is used", "[bench]") {
    const Provider& provider = botan_provider();
    const auto some = combinations(provider, {"aes256-gcm@openssh.com", "aes128-ctr"},
                                   {"hmac-sha2-256", "hmac-sha1"});
    REQUIRE(some.size() == 3);
    CHECK(some[0].mac.empty());
    CHECK(some[1].mac == "hmac-sha2-256");
    CHECK(some[2].mac == "hmac-sha1");
    CHECK(combinations(provider, {"no-such-cipher"}, {}).empty());
    CHECK(combinations(provider, {"aes128-ctr"}, {"no-such-mac"}).empty());
    const std::size_t ciphers = default_names(provider, Algorithm::cipher).size();
    CHECK(combinations(provider, {}, {"hmac-sha1"}).size() == ciphers);
}

TEST_CASE("what one end seals the other opens, from the start each time", "[bench]") {
    test::DetRng rng(3);
    for (const CipherAndMac& algorithms : combinations(botan_provider(), {}, {})) {
        INFO(algorithms.cipher << " " << algorithms.mac);
        const auto keys = DirectionKeys::make(botan_provider(), algorithms, rng);
        REQUIRE(keys);
        Bytes first;
        for (int round = 0; round < 2; ++round) {
            const auto ends = keys->protection();
            REQUIRE(ends);
            const PacketForm form(ends->sealer->shape(), 100);
            Bytes packet(form.size, 7);
            form.write_head(packet);
            REQUIRE(ends->sealer->seal(0, packet));
            if (round == 1) CHECK(packet == first);
            first = packet;
            CHECK(ends->opener->length(0, packet) == form.length);
            CHECK(ends->opener->open(0, packet));
            CHECK(packet[4 + 1] == 7);
        }
    }
}
