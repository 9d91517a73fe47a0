#include "transport/rekey_policy.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;

TEST_CASE("keys are due at the limit of bytes, packets and time, not before", "[transport]") {
    RekeyLimits limits;
    limits.bytes = 1000;
    limits.packets = 10;
    limits.time = std::chrono::seconds(60);
    RekeyPolicy policy(limits);
    const Instant start{std::chrono::hours(5)};
    policy.reset(start);
    CHECK_FALSE(policy.due(999, 9, 5000));
    CHECK(policy.due(1000, 0, 5000));
    CHECK(policy.due(0, 10, 5000));
    CHECK(policy.due(500, 0, 500));
    CHECK_FALSE(policy.due_by_time(start + std::chrono::seconds(59)));
    CHECK(policy.due_by_time(start + std::chrono::seconds(60)));
}

TEST_CASE("without limits the cipher's own and 2^31 packets remain", "[transport]") {
    RekeyLimits limits;
    limits.packets = 0;
    limits.time = std::chrono::seconds(0);
    RekeyPolicy policy(limits);
    const std::uint64_t cipher = std::uint64_t{1} << 36;
    CHECK_FALSE(policy.due(cipher - 1, 0, cipher));
    CHECK(policy.due(cipher, 0, cipher));
    CHECK(policy.due(0, std::uint64_t{1} << 31, cipher));
    CHECK_FALSE(policy.deadline());
}
