/// \file
/// Counts memory allocations: this program replaces operator new.
#pragma once
#include <cstdint>

namespace nacre::bench {

/// Calls of operator new on this thread so far.
std::uint64_t allocations() noexcept;

}  // namespace nacre::bench
