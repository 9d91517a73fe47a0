#include "base/ring.hpp"

#include "support/alloc_count.hpp"

#include <catch2/catch_all.hpp>

#include <memory>

using namespace nacre;
using detail::Ring;

TEST_CASE("a ring gives back what was put in, in order", "[base][ring]") {
    Ring<std::unique_ptr<int>> ring;
    int put = 0;
    int got = 0;
    // Fills and drains by steps that wrap around at each of its sizes.
    for (int round = 1; round < 20; ++round) {
        for (int i = 0; i < round; ++i) ring.push_back(std::make_unique<int>(put++));
        REQUIRE(ring.size() == static_cast<std::size_t>(put - got));
        for (std::size_t i = 0; i < ring.size(); ++i)
            REQUIRE(*ring[i] == got + static_cast<int>(i));
        while (ring.size() > static_cast<std::size_t>(round) / 2) {
            REQUIRE(*ring.front() == got++);
            ring.pop_front();
        }
    }
}

TEST_CASE("what left a ring is gone", "[base][ring]") {
    const auto value = std::make_shared<int>(1);
    Ring<std::shared_ptr<int>> ring;
    ring.push_back(value);
    CHECK(value.use_count() == 2);
    ring.pop_front();
    CHECK(value.use_count() == 1);
    CHECK(ring.empty());
}

TEST_CASE("a ring owns nothing until something is in it", "[base][ring]") {
    const test::AllocCount count;
    const Ring<int> ring;
    const std::size_t allocated = count.count();
    CHECK(allocated == 0);
    CHECK(ring.empty());
}
