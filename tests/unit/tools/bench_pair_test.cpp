#include "nacre-bench/allocations.hpp"
#include "nacre-bench/memory_pair.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

#include <new>

using namespace nacre;
using namespace nacre::bench;

namespace {

PairOptions options() {
    PairOptions made;
    made.host_key = made.user_key = *make_key(botan_provider(), "ssh-ed25519");
    return made;
}

}  // namespace

TEST_CASE("two sessions in memory open a channel and move data both ways", "[bench]") {
    MemoryPair pair(botan_provider());
    PairOptions chosen = options();
    chosen.kex = "curve25519-sha256";
    chosen.protection = {"aes128-ctr", "hmac-sha2-256"};
    REQUIRE(pair.start(chosen));
    CHECK_FALSE(pair.keys_exchanged());
    pair.run();
    REQUIRE(pair.channel_open());
    CHECK(pair.keys_exchanged());
    CHECK(pair.client.session->info().kex == "curve25519-sha256");
    CHECK(pair.server.session->info().mac_in == "hmac-sha2-256");

    constexpr std::size_t kBytes = 3 * 1024 * 1024;
    const std::uint64_t packets = pair.client.packets;
    pair.client.port->submit(pair.client.port->frames(kBytes));
    pair.run();
    CHECK(pair.server.received == kBytes);
    CHECK(pair.client.packets - packets >= kBytes / 32768);
    pair.server.port->submit(pair.server.port->frames(kBytes));
    pair.run();
    CHECK(pair.client.received == kBytes);
    CHECK(pair.client.cpu > 0);
    CHECK(pair.server.cpu > 0);
}

TEST_CASE("a pair that has no common algorithm stops", "[bench]") {
    MemoryPair pair(botan_provider());
    PairOptions chosen = options();
    chosen.host_key_algorithm = "ecdsa-sha2-nistp256";
    CHECK_FALSE(pair.start(chosen));
}

TEST_CASE("packets are no larger than the other end takes", "[bench]") {
    MemoryPair pair(botan_provider());
    PairOptions chosen = options();
    chosen.max_packet = 1024;
    REQUIRE(pair.start(chosen));
    pair.run();
    REQUIRE(pair.channel_open());
    const std::uint64_t packets = pair.server.packets;
    pair.server.port->submit(pair.server.port->frames(32768));
    pair.run();
    CHECK(pair.client.received == 32768);
    CHECK(pair.server.packets - packets >= 32);
}

TEST_CASE("allocations are counted", "[bench]") {
    const std::uint64_t before = allocations();
    // A new-expression whose object nobody uses may be left out.
    void* const one = ::operator new(1);
    const std::uint64_t after = allocations();
    ::operator delete(one);
    CHECK(after - before == 1);
}
