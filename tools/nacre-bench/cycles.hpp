/// \file
/// Processor cycles.
#pragma once
#include <cstdint>

namespace nacre::bench {

/// Counts the calling thread's cycles in user mode if the kernel lets us (perf_event_open), else
/// those of the time-stamp counter, which runs at the nominal rate, else none.
class CycleCounter {
  public:
    CycleCounter() noexcept;
    CycleCounter(const CycleCounter&) = delete;
    CycleCounter& operator=(const CycleCounter&) = delete;
    ~CycleCounter();

    /// "cycles", "TSC cycles", or "" if there are none to be had. A literal.
    const char* unit() const noexcept;
    /// Only differences mean something. 0 if there are none to be had.
    std::uint64_t now() const noexcept;

  private:
    int perf_ = -1;
};

}  // namespace nacre::bench
