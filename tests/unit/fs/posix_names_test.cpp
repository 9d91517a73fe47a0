#include "fs/posix_names.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::fs;

namespace {

PosixNames::Clock::time_point g_now{};

PosixNames::Clock::time_point now() {
    return g_now;
}

constexpr std::uint32_t kNobodyHasIt = 0x7ffffff3;

}  // namespace

TEST_CASE("Names are remembered for a while", "[fs]") {
    PosixNames names(now);
    CHECK_FALSE(names.knows(0, 0));
    CHECK(names.user(0) == "root");
    CHECK_FALSE(names.knows(0, 0));
    CHECK(names.group(0) == "root");
    CHECK(names.knows(0, 0));
    g_now += PosixNames::kKept - std::chrono::seconds(1);
    CHECK(names.knows(0, 0));
    g_now += std::chrono::seconds(1);
    CHECK_FALSE(names.knows(0, 0));
    CHECK(names.user(0) == "root");
}

TEST_CASE("That there is no name is remembered for a shorter while", "[fs]") {
    PosixNames names(now);
    CHECK(names.user(kNobodyHasIt).empty());
    CHECK(names.group(kNobodyHasIt).empty());
    CHECK(names.knows(kNobodyHasIt, kNobodyHasIt));
    g_now += PosixNames::kKeptMissing;
    CHECK_FALSE(names.knows(kNobodyHasIt, kNobodyHasIt));
}
