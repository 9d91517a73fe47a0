#include "server_usage.hpp"

#include <time.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace nacre::bench {

namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string process_file(pid_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

/// The next word of `text`, which then begins behind it; empty at the end.
std::string_view next_word(std::string_view& text) {
    constexpr std::string_view kSpace = " \t\n";
    text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(kSpace));
    text.remove_prefix(word.size());
    return word;
}

template <class Number>
std::optional<Number> to_number(std::string_view text) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end) return {};
    return value;
}

/// The number behind the word `name`.
std::optional<std::uint64_t> value_of(std::string_view text, std::string_view name) {
    for (std::string_view word = next_word(text); !word.empty(); word = next_word(text))
        if (word == name) return to_number<std::uint64_t>(next_word(text));
    return {};
}

std::optional<ProcessStat> stat_of(pid_t pid) {
    return parse_process_stat(read_text(process_file(pid, "stat")));
}

/// If the folder vanishes meanwhile, as a process's does: the names until then.
std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        names.push_back(entry->path().filename().native());
    return names;
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> all;
    for (const std::string& name : names_in("/proc"))
        if (const auto pid = to_number<pid_t>(name)) all.push_back(*pid);
    return all;
}

std::vector<pid_t> tree_of(pid_t root) {
    std::multimap<pid_t, pid_t> children;
    for (const pid_t pid : all_processes())
        if (const auto stat = stat_of(pid)) children.emplace(stat->parent, pid);
    std::vector<pid_t> tree{root};
    for (std::size_t i = 0; i < tree.size(); ++i) {
        const auto [first, last] = children.equal_range(tree[i]);
        for (auto child = first; child != last; ++child) tree.push_back(child->second);
    }
    return tree;
}

/// Seconds of all threads of a process, of those that ended too.
std::optional<double> clock_of(pid_t pid) {
    clockid_t clock{};
    timespec t{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return {};
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// `total` seconds in the parts that the ticks have.
CpuTime divided(double total, std::uint64_t user, std::uint64_t system) {
    const auto ticks = static_cast<double>(user + system);
    const double part = ticks > 0 ? static_cast<double>(user) / ticks : 0;
    return {total * part, total * (1 - part)};
}

CpuTime of_ticks(std::uint64_t user, std::uint64_t system, double hertz) {
    return {static_cast<double>(user) / hertz, static_cast<double>(system) / hertz};
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    const auto name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return {};
    text.remove_prefix(name_end + 1);
    // proc(5) counts from 1; the name is the second.
    constexpr int kFirst = 3, kParent = 4, kChildrenFaults = 11, kUser = 14, kChildrenSystem = 17;
    ProcessStat stat;
    std::uint64_t* const times[] = {&stat.user, &stat.system, &stat.children_user,
                                    &stat.children_system};
    for (int field = kFirst; field <= kChildrenSystem; ++field) {
        const std::string_view word = next_word(text);
        if (field != kParent && field != kChildrenFaults && field < kUser) continue;
        const auto value = to_number<std::uint64_t>(word);
        if (!value) return {};
        if (field == kParent) {
            stat.parent = static_cast<pid_t>(*value);
        } else if (field == kChildrenFaults) {
            stat.children_faults = *value;
        } else {
            *times[field - kUser] = *value;
        }
    }
    return stat;
}

std::optional<CpuTime> parse_cpuacct(std::string_view usage, std::string_view stat, double hertz) {
    const auto nanoseconds = to_number<std::uint64_t>(next_word(usage));
    const auto user = value_of(stat, "user"), system = value_of(stat, "system");
    if (!nanoseconds || !user || !system || hertz <= 0) return {};
    return divided(static_cast<double>(*nanoseconds) * 1e-9, *user, *system);
}

std::optional<CpuTime> parse_cpu_stat(std::string_view text) {
    const auto user = value_of(text, "user_usec"), system = value_of(text, "system_usec");
    if (!user || !system) return {};
    return CpuTime{static_cast<double>(*user) * 1e-6, static_cast<double>(*system) * 1e-6};
}

std::optional<ServerCpu> ServerUsage::cpu() const {
    const auto hertz = static_cast<double>(::sysconf(_SC_CLK_TCK));
    if (!cgroup_.empty()) {
        const std::string usage = read_text(cgroup_ + "/cpuacct.usage");
        const auto time = usage.empty()
                              ? parse_cpu_stat(read_text(cgroup_ + "/cpu.stat"))
                              : parse_cpuacct(usage, read_text(cgroup_ + "/cpuacct.stat"), hertz);
        if (!time) return {};
        return ServerCpu{*time, 0};
    }
    if (pid_ == 0 || !stat_of(pid_)) return {};
    ServerCpu sum;
    for (const pid_t pid : tree_of(pid_)) {
        const auto stat = stat_of(pid);
        if (!stat) continue;
        const auto exact = clock_of(pid);
        sum.time += exact ? divided(*exact, stat->user, stat->system)
                          : of_ticks(stat->user, stat->system, hertz);
        sum.time += of_ticks(stat->children_user, stat->children_system, hertz);
        if (!exact || stat->children_faults != 0) sum.resolution = 1 / hertz;
    }
    return sum;
}

std::vector<pid_t> ServerUsage::processes() const {
    if (pid_ != 0) return tree_of(pid_);
    std::vector<pid_t> all;
    const std::string text = read_text(cgroup_ + "/cgroup.procs");
    std::string_view rest = text;
    for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest))
        if (const auto pid = to_number<pid_t>(word)) all.push_back(*pid);
    return all;
}

ServerMemory ServerUsage::memory() const {
    ServerMemory sum;
    if (!known()) return sum;
    for (const pid_t pid : processes()) {
        const std::string rollup = read_text(process_file(pid, "smaps_rollup"));
        const auto pss = value_of(rollup, "Pss:"), rss = value_of(rollup, "Rss:");
        if (!pss || !rss) continue;  // gone, or not ours to look at
        sum.pss_kib += *pss;
        sum.rss_kib += *rss;
        ++sum.processes;
        sum.descriptors += names_in(process_file(pid, "fd")).size();
    }
    return sum;
}

}  // namespace nacre::bench
