/// \file
/// For calls whose failure for want of memory must not keep others from theirs.
#pragma once
#include <new>

namespace nacre {

/// Calls `work()`. What it throws for want of memory ends there: what is only told to others (an
/// observer, a log) is then not told.
template <class F>
void if_memory(F&& work) noexcept {
    try {
        work();
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace nacre
