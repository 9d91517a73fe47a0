// The bare system calls of small files: made, looked at, read and removed.
#include "floor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace nacre::bench {

namespace {

constexpr std::size_t kFileBytes = 1024;

/// A folder of its own within another, empty at the end.
class OwnFolder {
  public:
    explicit OwnFolder(const std::string& parent) : path_(parent + "/nacre-bench.XXXXXX") {
        if (::mkdtemp(path_.data()) != nullptr)
            fd_ = ::open(path_.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;
    ~OwnFolder() {
        if (fd_ < 0) return;
        ::close(fd_);
        ::rmdir(path_.c_str());
    }
    /// -1 if it could not be made.
    int descriptor() const noexcept { return fd_; }

  private:
    std::string path_;
    int fd_ = -1;
};

/// What is done to each file, and the descriptor from one step to the next.
struct State {
    int folder;
    const char* name;
    int file = -1;
    std::array<std::uint8_t, kFileBytes> data{};
};

struct Step {
    const char* call;
    bool (*run)(State& state);
};

bool whole(ssize_t n) {
    return n == static_cast<ssize_t>(kFileBytes);
}

constexpr Step kSteps[] = {
    {"open to create",
     [](State& s) {
         s.file = ::openat(s.folder, s.name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
         return s.file >= 0;
     }},
    {"pwrite 1 KiB",
     [](State& s) { return whole(::pwrite(s.file, s.data.data(), kFileBytes, 0)); }},
    {"close", [](State& s) { return ::close(s.file) == 0; }},
    {"stat",
     [](State& s) {
         struct stat facts {};
         return ::fstatat(s.folder, s.name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
     }},
    {"open",
     [](State& s) {
         s.file = ::openat(s.folder, s.name, O_RDONLY | O_CLOEXEC);
         return s.file >= 0;
     }},
    {"fstat",
     [](State& s) {
         struct stat facts {};
         return ::fstat(s.file, &facts) == 0;
     }},
    {"pread 1 KiB", [](State& s) { return whole(::pread(s.file, s.data.data(), kFileBytes, 0)); }},
    {"pread at the end",
     [](State& s) { return ::pread(s.file, s.data.data(), kFileBytes, kFileBytes) == 0; }},
    {"close again", [](State& s) { return ::close(s.file) == 0; }},
    {"unlink", [](State& s) { return ::unlinkat(s.folder, s.name, 0) == 0; }},
};
constexpr std::size_t kStepCount = std::size(kSteps);

using Seconds = std::array<double, kStepCount>;

/// What reading the clock itself costs.
double clock_cost() {
    constexpr int kReadings = 1000;
    const double start = thread_cpu_seconds();
    for (int i = 0; i < kReadings; ++i) static_cast<void>(thread_cpu_seconds());
    return (thread_cpu_seconds() - start) / kReadings;
}

bool run_all(int folder, std::uint64_t files, Seconds& spent) {
    const double clock = clock_cost();
    for (std::uint64_t i = 0; i < files; ++i) {
        const std::string name = "file" + std::to_string(i);
        State state{folder, name.c_str(), -1, {}};
        for (std::size_t step = 0; step < kStepCount; ++step) {
            const double start = thread_cpu_seconds();
            if (!kSteps[step].run(state)) return false;
            spent[step] += thread_cpu_seconds() - start - clock;
        }
    }
    return true;
}

Row row_of(std::string call) {
    return {"floor calls", {{"call", std::move(call)}}, "CPU-us", {}, {}, {}};
}

}  // namespace

Result<void> measure_small_files(const std::string& folder, std::uint64_t files, std::uint64_t runs,
                                 Report& report) {
    const OwnFolder own(folder);
    const Error broken{Errc::local_failed, Disconnect::none, 0, "small files cannot be made there"};
    if (own.descriptor() < 0) return broken;
    std::vector<Row> rows;
    for (const Step& step : kSteps) rows.push_back(row_of(step.call));
    Row all = row_of("all of one file");
    Seconds warm_up{};
    if (!run_all(own.descriptor(), 1, warm_up)) return broken;
    for (std::uint64_t run = 0; run < runs; ++run) {
        Seconds spent{};
        if (!run_all(own.descriptor(), files, spent)) return broken;
        double sum = 0;
        for (std::size_t step = 0; step < kStepCount; ++step) {
            rows[step].samples.push_back(spent[step] * 1e6 / static_cast<double>(files));
            sum += rows[step].samples.back();
        }
        all.samples.push_back(sum);
    }
    for (Row& row : rows) report.rows.push_back(std::move(row));
    report.rows.push_back(std::move(all));
    return {};
}

}  // namespace nacre::bench
