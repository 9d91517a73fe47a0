#include "sftp/status_in_version.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::sftp;

namespace {

std::uint32_t in(std::uint32_t code, std::uint32_t version) {
    return static_cast<std::uint32_t>(status_in(static_cast<Status>(code), version));
}

}  // namespace

TEST_CASE("no version gets a code that it does not know", "[sftp][status]") {
    constexpr std::uint32_t kHighest[] = {8, 13, 17, 31};
    for (std::uint32_t version = 3; version <= 6; ++version) {
        const std::uint32_t highest = kHighest[version - 3];
        for (std::uint32_t code = 0; code < 40; ++code) {
            CAPTURE(version, code);
            CHECK(in(code, version) <= highest);
            // A client says to itself that there is no connection.
            if (code == 6 || code == 7) {
                CHECK(in(code, version) == 4);
            } else if (code <= highest) {
                CHECK(in(code, version) == code);
            }
        }
        CHECK(in(32, version) == 4);
    }
}

TEST_CASE("what stands for a code in an older version", "[sftp][status]") {
    // Codes of versions 4, 5 and 6, as of version 3.
    constexpr std::uint32_t kInV3[] = {4, 2, 4, 3, 4, 4, 4, 4, 4, 4, 2, 5,
                                       4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    for (std::uint32_t code = 9; code < 32; ++code) {
        CAPTURE(code);
        CHECK(in(code, 3) == kInV3[code - 9]);
        CHECK(in(code, 4) == (code <= 13 ? code : kInV3[code - 9]));
        CHECK(in(code, 5) == (code <= 17 ? code : kInV3[code - 9]));
    }
    // As AsyncSSH 2.10.1 has them.
    CHECK(in(19, 5) == 2);
    CHECK(in(17, 4) == 4);
    CHECK(in(18, 5) == 4);
}
