#include "cpu_time.hpp"

#include <sys/resource.h>
#include <time.h>

namespace nacre::bench {

namespace {

double seconds(const timeval& t) noexcept {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

CpuTime usage_of(int who) noexcept {
    rusage usage{};
    ::getrusage(who, &usage);
    return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

double clock_seconds(clockid_t clock) noexcept {
    timespec t{};
    ::clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

CpuTime process_cpu() noexcept {
    return usage_of(RUSAGE_SELF);
}

CpuTime thread_cpu() noexcept {
    return usage_of(RUSAGE_THREAD);
}

double process_cpu_seconds() noexcept {
    return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double thread_cpu_seconds() noexcept {
    return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

long process_waits() noexcept {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw;
}

double wall_seconds() noexcept {
    return clock_seconds(CLOCK_MONOTONIC);
}

}  // namespace nacre::bench
