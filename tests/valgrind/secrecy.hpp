/// \file
/// Memory that valgrind takes for secret, and checks of what is done with it.
#pragma once
#include <nacre/base/bytes.hpp>

#include <valgrind/memcheck.h>

#include <cstdio>
#include <limits>

namespace nacre::test {

inline void hide(ByteView secret) {
    VALGRIND_MAKE_MEM_UNDEFINED(secret.data(), secret.size());
}

template <class T>
void hide(T& secret) {
    VALGRIND_MAKE_MEM_UNDEFINED(&secret, sizeof secret);
}

inline void show(ByteView known) {
    VALGRIND_MAKE_MEM_DEFINED(known.data(), known.size());
}

template <class T>
T shown(T value) {
    VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
    return value;
}

inline bool failed = false;

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "secrets: wrong result: %s\n", what);
    failed = true;
}

struct Part {
    const char* name;
    void (*run)();
    /// How often it may, and must, do something that depends on a secret.
    unsigned least = 0, most = 0;
};
constexpr unsigned kAnyNumber = std::numeric_limits<unsigned>::max();

inline void run(const Part& part) {
    const auto before = VALGRIND_COUNT_ERRORS;
    part.run();
    const auto reports = VALGRIND_COUNT_ERRORS - before;
    const bool fits = reports >= part.least && reports <= part.most;
    std::printf("%s %s: reported %u times\n", fits ? "ok    " : "FAILED", part.name,
                static_cast<unsigned>(reports));
    failed = failed || !fits;
}

}  // namespace nacre::test
