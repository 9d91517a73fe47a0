// Bulk data: file, cipher and socket, one thread, nothing else.
#include "bulk_loop.hpp"
#include "floor.hpp"
#include "owned_file.hpp"

#include <nacre/crypto/botan.hpp>

namespace nacre::bench {

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kPiecesPerMiB = kMiB / kPieceBytes;
/// Until the kernel has sized the socket's buffers.
constexpr std::uint64_t kWarmUpMiB = 16;

struct Plan {
    Direction direction = Direction::down;
    std::uint64_t mib = 0;
    std::uint64_t runs = 0;
};

struct Samples {
    CipherAndMac algorithms;
    std::vector<double> seconds_per_gib, megabytes_per_second, waits_per_gib;
    CpuTime cpu;
};

template <class Loop>
bool steps(Loop& loop, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i)
        if (!loop.step()) return false;
    return true;
}

template <class Loop>
Result<void> run_once(const Plan& plan, const OwnedFile& file, Samples& samples) {
    NACRE_TRY(Loop loop,
              Loop::make(botan_provider(), samples.algorithms, file.descriptor(), file.size()));
    const Error broken{Errc::local_failed, Disconnect::none, 0, "a read, write or packet failed"};
    if (!steps(loop, std::min(plan.mib, kWarmUpMiB) * kPiecesPerMiB)) return broken;
    const CpuTime cpu = process_cpu();
    const double exact = process_cpu_seconds();
    const long waits = process_waits();
    const double wall = wall_seconds();
    if (!steps(loop, plan.mib * kPiecesPerMiB)) return broken;
    const double wall_spent = wall_seconds() - wall;
    const double gib = static_cast<double>(plan.mib) / 1024;
    samples.seconds_per_gib.push_back((process_cpu_seconds() - exact) / gib);
    samples.waits_per_gib.push_back(static_cast<double>(process_waits() - waits) / gib);
    samples.cpu += process_cpu() - cpu;
    samples.megabytes_per_second.push_back(static_cast<double>(plan.mib * kMiB) / wall_spent / 1e6);
    return {};
}

}  // namespace

int run_bulk_floor(Direction direction, Arguments& arguments, Report& report) {
    const bool down = direction == Direction::down;
    const auto ciphers = arguments.list("cipher", "SSH names (all that are offered by default)");
    auto macs = arguments.list("mac", "for ciphers that need one (hmac-sha2-256-etm@openssh.com)");
    const auto path = arguments.text(
        "file", down ? "what to read (memory)" : "what to write over (/dev/null)", "");
    Plan plan;
    plan.direction = direction;
    plan.mib = arguments.number("mib", "MiB in a run", 512, 1, 65536);
    plan.runs = arguments.number("runs", "samples of each cipher, taken in turns", 7, 1, 1000);
    if (const auto status = arguments.finish()) return *status;

    if (macs.empty()) macs = {"hmac-sha2-256-etm@openssh.com"};
    std::vector<Samples> all;
    for (const CipherAndMac& algorithms : combinations(botan_provider(), ciphers, macs))
        all.push_back({algorithms, {}, {}, {}, {}});
    if (all.empty()) return failed(arguments, "no such cipher or MAC");
    const auto file = down ? OwnedFile::to_read(path, plan.mib * kMiB, kPieceBytes)
                           : OwnedFile::to_write(path, plan.mib * kMiB, kPieceBytes);
    if (!file) return failed(arguments, file.error());
    for (std::uint64_t run = 0; run < plan.runs; ++run) {
        for (Samples& samples : all) {
            const auto done = down ? run_once<DownLoop>(plan, *file, samples)
                                   : run_once<UpLoop>(plan, *file, samples);
            if (!done) return failed(arguments, done.error());
        }
    }
    for (const Samples& samples : all) {
        Row row{down ? "floor down" : "floor up",
                {{"cipher", samples.algorithms.cipher},
                 {"mac", samples.algorithms.mac.empty() ? "-" : samples.algorithms.mac},
                 {"file", file->name()}},
                "CPU-s/GiB",
                samples.seconds_per_gib,
                samples.cpu,
                {{"MB/s", summarize(samples.megabytes_per_second).median},
                 {"waits/GiB", summarize(samples.waits_per_gib).median}}};
        report.rows.push_back(std::move(row));
    }
    return kOk;
}

}  // namespace nacre::bench
