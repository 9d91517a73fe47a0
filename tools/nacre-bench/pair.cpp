// Two sessions in memory, one channel, bulk data one way and the other.
#include "allocations.hpp"
#include "commands.hpp"
#include "memory_pair.hpp"

#include <nacre/crypto/botan.hpp>

namespace nacre::bench {

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
/// Submitted at a time: less than a window, so that all of it leaves at once.
constexpr std::size_t kPiece = 1024 * 1024;
constexpr std::size_t kWarmUpPieces = 4;

struct Transfer {
    const char* name;
    PairEnd& from;
    PairEnd& to;
};

bool send_piece(MemoryPair& pair, const Transfer& way) {
    // The contents do not matter: what the pool's memory holds will do.
    FrameList frames = way.from.port->frames(kPiece);
    if (frames.empty()) return false;
    const std::uint64_t before = way.to.received;
    way.from.port->submit(std::move(frames));
    pair.run();
    return way.to.received - before == kPiece;
}

struct Measured {
    std::vector<double> both, sender, receiver, copy;
    std::uint64_t bytes = 0;
    std::uint64_t allocations = 0;
    std::uint64_t packets = 0;
    CpuTime cpu;
};

bool measure(MemoryPair& pair, const Transfer& way, std::uint64_t mib, Measured& measured) {
    for (std::size_t i = 0; i < kWarmUpPieces; ++i)
        if (!send_piece(pair, way)) return false;
    const CpuTime cpu = thread_cpu();
    const double from = way.from.cpu, to = way.to.cpu, copy = pair.copy_cpu;
    const std::uint64_t packets = way.from.packets;
    const std::uint64_t allocated = allocations();
    for (std::uint64_t i = 0; i < mib; ++i)
        if (!send_piece(pair, way)) return false;
    measured.bytes += mib * kPiece;
    measured.allocations += allocations() - allocated;
    measured.packets += way.from.packets - packets;
    measured.cpu += thread_cpu() - cpu;
    const double gib = static_cast<double>(mib * kPiece) / kGiB;
    measured.sender.push_back((way.from.cpu - from) / gib);
    measured.receiver.push_back((way.to.cpu - to) / gib);
    measured.both.push_back(measured.sender.back() + measured.receiver.back());
    measured.copy.push_back((pair.copy_cpu - copy) / gib);
    return true;
}

Row row_of(const CipherAndMac& algorithms, std::uint32_t packet, const char* direction,
           const Measured& measured) {
    Row row;
    row.name = "pair";
    row.parameters = {{"cipher", algorithms.cipher},
                      {"mac", algorithms.mac.empty() ? "-" : algorithms.mac},
                      {"packet", std::to_string(packet)},
                      {"direction", direction}};
    row.unit = "CPU-s/GiB";
    row.samples = measured.both;
    row.cpu = measured.cpu;
    const auto packets = static_cast<double>(measured.packets);
    row.more = {{"sender", summarize(measured.sender).median},
                {"receiver", summarize(measured.receiver).median},
                {"copy between", summarize(measured.copy).median},
                {"bytes/packet", static_cast<double>(measured.bytes) / packets},
                {"allocations/packet", static_cast<double>(measured.allocations) / packets}};
    return row;
}

}  // namespace

int run_pair(Arguments& arguments, Report& report) {
    auto ciphers = arguments.list("cipher", "SSH names (all that are offered by default)");
    auto macs = arguments.list("mac", "for ciphers that need one (the first of the defaults)");
    const auto mib = arguments.number("mib", "MiB each way in a run", 256, 1, 65536);
    const auto packet = static_cast<std::uint32_t>(arguments.number(
        "packet", "most data bytes in a packet that an end takes", 32768, 1024, 261120));
    const auto runs = arguments.number("runs", "samples", 5, 1, 1000);
    if (const auto status = arguments.finish()) return *status;

    const Provider& provider = botan_provider();
    if (macs.empty()) macs = {default_names(provider, Algorithm::mac).front()};
    const auto all = combinations(provider, std::move(ciphers), std::move(macs));
    if (all.empty()) return failed(arguments, "no such cipher or MAC");
    const auto key = make_key(provider, "ssh-ed25519");
    if (!key) return failed(arguments, key.error());

    for (const CipherAndMac& algorithms : all) {
        MemoryPair pair(provider);
        PairOptions options;
        options.protection = algorithms;
        options.max_packet = packet;
        options.host_key = options.user_key = *key;
        if (const auto started = pair.start(options); !started)
            return failed(arguments, started.error());
        pair.run();
        if (!pair.channel_open()) return failed(arguments, "the client did not get its channel");
        const Transfer ways[] = {{"up", pair.client, pair.server},
                                 {"down", pair.server, pair.client}};
        Measured measured[2];
        for (std::uint64_t run = 0; run < runs; ++run)
            for (std::size_t i = 0; i < 2; ++i)
                if (!measure(pair, ways[i], mib, measured[i]))
                    return failed(arguments, "data was lost on the way");
        for (std::size_t i = 0; i < 2; ++i)
            report.rows.push_back(row_of(algorithms, packet, ways[i].name, measured[i]));
    }
    return kOk;
}

}  // namespace nacre::bench
