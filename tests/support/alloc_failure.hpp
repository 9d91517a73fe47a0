/// \file
/// Lets allocations fail: operator new throws std::bad_alloc, and its nothrow forms return null.
/// For programs that are built with alloc_failure.cpp.
#pragma once
#include <cstddef>

namespace nacre::test {

/// While it lives, the allocation of number `fail_at` (from 0) made by this thread fails.
class AllocFailure {
  public:
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

    explicit AllocFailure(std::size_t fail_at) noexcept;
    AllocFailure(const AllocFailure&) = delete;
    AllocFailure& operator=(const AllocFailure&) = delete;
    ~AllocFailure();
    /// Allocations made since it was constructed, the failed one among them.
    std::size_t made() const noexcept;
};

/// While it lives, `count` allocations from number `first` (from 0) on fail, of those of `large`
/// bytes or more that all other threads make. One at a time.
class ShortageElsewhere {
  public:
    ShortageElsewhere(std::size_t first, std::size_t count, std::size_t large = 0) noexcept;
    ShortageElsewhere(const ShortageElsewhere&) = delete;
    ShortageElsewhere& operator=(const ShortageElsewhere&) = delete;
    ~ShortageElsewhere();
    /// Such allocations since it was constructed, those that failed among them.
    std::size_t made() const noexcept;
};

}  // namespace nacre::test
