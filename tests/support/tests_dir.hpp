/// \file
/// Where the files of the tests lie.
#pragma once
#include <cstdlib>
#include <string>

namespace nacre::test {

/// The folder tests/ of the sources: from the environment variable NACRE_TESTS_DIR, which the test
/// runner sets (in a compiler's argument it would keep objects from being shared between
/// checkouts); without it, of the working directory.
inline std::string tests_dir() {
    const char* dir = std::getenv("NACRE_TESTS_DIR");
    return dir != nullptr ? dir : "tests";
}

}  // namespace nacre::test
