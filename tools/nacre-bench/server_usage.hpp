/// \file
/// What a server on this machine has used: CPU time, memory, descriptors, of all its processes.
#pragma once
#include "cpu_time.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::bench {

/// One line of /proc/PID/stat.
struct ProcessStat {
    pid_t parent = 0;
    /// Clock ticks; `children`: of those that ended and were waited for, with theirs.
    std::uint64_t user = 0, system = 0, children_user = 0, children_system = 0;
    /// Page faults of the same children: 0 if there were none, as nothing runs without any.
    std::uint64_t children_faults = 0;
};

/// Nothing if `text` is no such line. The program's name may hold anything.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// CPU time in the texts of cpuacct.usage (nanoseconds) and cpuacct.stat (ticks of `hertz`) of a
/// control group, or in cpu.stat of its second version.
std::optional<CpuTime> parse_cpuacct(std::string_view usage, std::string_view stat, double hertz);
std::optional<CpuTime> parse_cpu_stat(std::string_view text);

struct ServerCpu {
    CpuTime time;
    /// Seconds of a clock's tick, in which a part of `time` is counted; 0: all of it is exact.
    double resolution = 0;
};

struct ServerMemory {
    std::uint64_t pss_kib = 0;  ///< resident, what several processes share counted once
    std::uint64_t rss_kib = 0;
    std::size_t processes = 0;
    std::size_t descriptors = 0;
};

/// A process with its children and theirs, or a control group.
class ServerUsage {
  public:
    /// \param pid     0: unknown
    /// \param cgroup  folder, or empty. CPU time is then taken from it: exact, and what ended
    ///                without being waited for counts too.
    ServerUsage(pid_t pid, std::string cgroup) : pid_(pid), cgroup_(std::move(cgroup)) {}

    bool known() const noexcept { return pid_ != 0 || !cgroup_.empty(); }
    /// Since the start of the server; nothing if unknown or gone. Of processes only those that
    /// ended are counted in ticks.
    std::optional<ServerCpu> cpu() const;
    /// Now.
    ServerMemory memory() const;

  private:
    std::vector<pid_t> processes() const;

    pid_t pid_;
    std::string cgroup_;
};

}  // namespace nacre::bench
