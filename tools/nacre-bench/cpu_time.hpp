/// \file
/// CPU time and wall time in seconds.
#pragma once

namespace nacre::bench {

/// Seconds in user mode and in the kernel. The kernel knows their sum exactly and splits it by
/// ticks of its clock, so the parts of something short are rough.
struct CpuTime {
    double user = 0;
    double system = 0;

    double total() const noexcept { return user + system; }
    CpuTime& operator+=(const CpuTime& other) noexcept {
        user += other.user;
        system += other.system;
        return *this;
    }
    friend CpuTime operator-(const CpuTime& a, const CpuTime& b) noexcept {
        return {a.user - b.user, a.system - b.system};
    }
};

CpuTime process_cpu() noexcept;
CpuTime thread_cpu() noexcept;
/// User mode and kernel together, exact.
double process_cpu_seconds() noexcept;
double thread_cpu_seconds() noexcept;
/// How often the process waited, and so had to be woken.
long process_waits() noexcept;
/// A monotonic clock.
double wall_seconds() noexcept;

}  // namespace nacre::bench
