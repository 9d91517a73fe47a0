/// \file
/// Time comes into the core as a parameter; nothing here reads a clock.
#pragma once
#include <chrono>
#include <optional>

namespace nacre {

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// The earlier of two deadlines; an empty one is later than every other.
inline std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a) return b;
    if (!b) return a;
    return *a < *b ? a : b;
}

}  // namespace nacre
