#include "cycles.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace nacre::bench {

CycleCounter::CycleCounter() noexcept {
    perf_event_attr event{};
    event.type = PERF_TYPE_HARDWARE;
    event.size = sizeof event;
    event.config = PERF_COUNT_HW_CPU_CYCLES;
    event.exclude_kernel = 1;
    event.exclude_hv = 1;
    perf_ = static_cast<int>(::syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
}

CycleCounter::~CycleCounter() {
    if (perf_ >= 0) ::close(perf_);
}

const char* CycleCounter::unit() const noexcept {
    if (perf_ >= 0) return "cycles";
#if defined(__x86_64__)
    return "TSC cycles";
#else
    return "";
#endif
}

std::uint64_t CycleCounter::now() const noexcept {
    std::uint64_t count = 0;
    if (perf_ >= 0) return ::read(perf_, &count, sizeof count) == sizeof count ? count : 0;
#if defined(__x86_64__)
    return __rdtsc();
#else
    return 0;
#endif
}

}  // namespace nacre::bench
