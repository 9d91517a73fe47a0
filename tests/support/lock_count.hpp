/// \file
/// Counts the locks that go from thread to thread: std::mutex and its like call the C library for
/// each. One that a thread takes again and again stays in the cache of its processor. For programs
/// that are built with lock_count.cpp; not with ThreadSanitizer, which needs these calls for
/// itself.
#pragma once
#include <cstddef>

namespace nacre::test {

struct LockCount {
    std::size_t taken = 0;
    std::size_t handed_over = 0;  ///< of those, taken last by another thread
};

/// Of all threads of the program that are not left out, so far.
LockCount locks() noexcept;
/// The locks of this thread do not count from now on.
void leave_out_this_thread() noexcept;

}  // namespace nacre::test
