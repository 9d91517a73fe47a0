#include "nacre/base/version.hpp"

#include <catch2/catch_all.hpp>

TEST_CASE("the version is the one of the build description") {
    CHECK(nacre::version() == NACRE_VERSION);
    CHECK_FALSE(nacre::version().empty());
}
