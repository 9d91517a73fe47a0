#include "support/det_rng.hpp"

#include <nacre/base/random.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

TEST_CASE("the system's generator fills all it is given, differently each time") {
    Bytes a(100'000);
    Bytes b(100'000);
    system_rng().fill(a);
    system_rng().fill(b);
    CHECK(a != b);
    // The chance of 32 zero bytes at either end is 2^-256.
    CHECK(Bytes(a.begin(), a.begin() + 32) != Bytes(32, 0));
    CHECK(Bytes(a.end() - 32, a.end()) != Bytes(32, 0));
    system_rng().fill({});
}

TEST_CASE("the tests' generator gives the same bytes however they are asked for") {
    test::DetRng whole(7);
    test::DetRng pieces(7);
    const Bytes expected = whole.bytes(100);
    Bytes got;
    for (std::size_t n = 0; got.size() < 100; ++n)
        append(got, pieces.bytes(std::min(n, 100 - got.size())));
    CHECK(got == expected);
    CHECK(test::DetRng(8).bytes(100) != expected);
    CHECK(pieces.seed() == 7);
    // First output of SplitMix64 for seed 0, as published with the algorithm.
    CHECK(test::DetRng(0).u64() == 0xe220a8397b1dcdafu);
}
