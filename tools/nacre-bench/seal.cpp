// Sealing and opening packets in place, as the transport does, and nothing else.
#include "commands.hpp"
#include "cycles.hpp"
#include "packets.hpp"

#include <nacre/crypto/botan.hpp>

#include <charconv>

namespace nacre::bench {

namespace {

/// Sealed one after the other and then opened: what a session has in flight fits the second-level
/// cache too.
constexpr std::size_t kBatchBytes = 256 * 1024;

struct Spent {
    double seconds = 0;
    double cycles = 0;
};

/// Time and cycles of this thread since its construction.
class Stopwatch {
  public:
    explicit Stopwatch(const CycleCounter& counter)
        : counter_(counter), seconds_(thread_cpu_seconds()), cycles_(counter.now()) {}
    void add_to(Spent& spent) const {
        spent.cycles += static_cast<double>(counter_.now() - cycles_);
        spent.seconds += thread_cpu_seconds() - seconds_;
    }

  private:
    const CycleCounter& counter_;
    double seconds_;
    std::uint64_t cycles_;
};

/// Packets of one size, sealed and opened again and again.
class Batch {
  public:
    Batch(Protection protection, std::size_t payload)
        : protection_(std::move(protection)),
          form_(protection_.sealer->shape(), payload),
          count_(std::max<std::size_t>(kBatchBytes / form_.size, 1)),
          memory_(count_ * form_.size) {}

    std::size_t count() const noexcept { return count_; }

    bool run(const CycleCounter& counter, Spent& seal, Spent& open) {
        bool good = true;
        const Stopwatch sealing(counter);
        for (std::size_t i = 0; i < count_; ++i) {
            form_.write_head(packet(i));
            good &= protection_.sealer->seal(sequence_ + static_cast<std::uint32_t>(i), packet(i));
        }
        sealing.add_to(seal);
        const Stopwatch opening(counter);
        for (std::size_t i = 0; i < count_; ++i) {
            const std::uint32_t seq = sequence_ + static_cast<std::uint32_t>(i);
            good &= protection_.opener->length(seq, packet(i)) == form_.length &&
                    protection_.opener->open(seq, packet(i));
        }
        opening.add_to(open);
        sequence_ += static_cast<std::uint32_t>(count_);
        return good;
    }

  private:
    ByteSpan packet(std::size_t i) { return ByteSpan(memory_).subspan(i * form_.size, form_.size); }

    Protection protection_;
    PacketForm form_;
    std::size_t count_;
    Bytes memory_;
    std::uint32_t sequence_ = 0;
};

/// The samples of one direction.
struct Samples {
    std::vector<double> nanoseconds, cycles;
    CpuTime cpu;

    void add(const Spent& spent, std::size_t bytes) {
        nanoseconds.push_back(spent.seconds * 1e9 / static_cast<double>(bytes));
        cycles.push_back(spent.cycles / static_cast<double>(bytes));
        cpu.user += spent.seconds;
    }
    Row row(const char* name, Facts parameters, const CycleCounter& counter) && {
        Row row{name, std::move(parameters), "ns/byte", std::move(nanoseconds), cpu, {}};
        const std::string unit = counter.unit();
        if (!unit.empty()) row.more.push_back({unit + "/byte", summarize(cycles).median});
        row.more.push_back({"GB/s", 1 / row.summary().median});
        return row;
    }
};

struct Plan {
    std::size_t runs;
    double seconds;  ///< for each sample of each direction, about
};

bool measure(const Plan& plan, const CipherAndMac& algorithms, std::size_t payload,
             Protection protection, const CycleCounter& counter, Report& report) {
    Batch batch(std::move(protection), payload);
    Spent warm_up;
    if (!batch.run(counter, warm_up, warm_up)) return false;
    Samples sealing, opening;
    for (std::size_t run = 0; run < plan.runs; ++run) {
        Spent seal, open;
        std::size_t bytes = 0;
        do {
            if (!batch.run(counter, seal, open)) return false;
            bytes += batch.count() * payload;
        } while (seal.seconds < plan.seconds);
        sealing.add(seal, bytes);
        opening.add(open, bytes);
    }
    const Facts parameters{{"cipher", algorithms.cipher},
                           {"mac", algorithms.mac.empty() ? "-" : algorithms.mac},
                           {"bytes", std::to_string(payload)}};
    report.rows.push_back(std::move(sealing).row("seal", parameters, counter));
    report.rows.push_back(std::move(opening).row("open", parameters, counter));
    return true;
}

/// The sizes in `given`, or the usual ones. Empty when one is no size.
std::vector<std::size_t> sizes_of(const std::vector<std::string>& given) {
    if (given.empty()) return {64, 1024, 8192, 32768};
    constexpr std::size_t kMost = 256 * 1024;
    std::vector<std::size_t> sizes;
    for (const std::string& text : given) {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
        if (error != std::errc() || *end != '\0' || size == 0 || size > kMost) return {};
        sizes.push_back(size);
    }
    return sizes;
}

}  // namespace

int run_seal(Arguments& arguments, Report& report) {
    const auto ciphers = arguments.list("cipher", "SSH names (all that are offered by default)");
    const auto macs = arguments.list("mac", "for ciphers that need one (likewise)");
    const auto sizes = sizes_of(arguments.list("size", "bytes of payload (64,1024,8192,32768)"));
    Plan plan{};
    plan.runs = arguments.number("runs", "samples", 5, 1, 1000);
    const auto ms = arguments.number("ms", "CPU time of a sample, milliseconds", 20, 0, 60000);
    plan.seconds = static_cast<double>(ms) * 1e-3;
    if (const auto status = arguments.finish()) return *status;
    if (sizes.empty()) return failed(arguments, "--size takes numbers from 1 to 262144");

    const Provider& provider = botan_provider();
    const auto all = combinations(provider, ciphers, macs);
    if (all.empty()) return failed(arguments, "no such cipher or MAC");
    const CycleCounter counter;
    for (const CipherAndMac& algorithms : all) {
        for (const std::size_t size : sizes) {
            const auto keys = DirectionKeys::make(provider, algorithms, system_rng());
            if (!keys) return failed(arguments, keys.error());
            auto protection = keys->protection();
            if (!protection) return failed(arguments, protection.error());
            if (!measure(plan, algorithms, size, std::move(*protection), counter, report))
                return failed(arguments, "a packet was not opened as it was sealed");
        }
    }
    return kOk;
}

}  // namespace nacre::bench
