// One request in flight: the wake-up and three system calls of a server that does nothing.
#include "floor.hpp"
#include "loopback.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace nacre::bench {

namespace {

constexpr std::uint64_t kWarmUpTrips = 200;
constexpr std::size_t kMostBytes = 32 * 1024;

/// Closes its descriptor.
struct Epoll {
    Epoll() noexcept : fd(::epoll_create1(EPOLL_CLOEXEC)) {}
    Epoll(const Epoll&) = delete;
    Epoll& operator=(const Epoll&) = delete;
    ~Epoll() { ::close(fd); }
    int fd;
};

bool answer(int epoll, int socket, ByteSpan message, std::uint64_t trips) {
    for (std::uint64_t i = 0; i < trips; ++i) {
        for (std::size_t got = 0; got < message.size();) {
            epoll_event event{};
            if (::epoll_wait(epoll, &event, 1, -1) != 1) return false;
            const auto n = ::recv(socket, message.data() + got, message.size() - got, MSG_DONTWAIT);
            if (n <= 0) return false;
            got += static_cast<std::size_t>(n);
        }
        if (!send_all(socket, message)) return false;
    }
    return true;
}

}  // namespace

Result<TripCost> measure_ping_pong(std::size_t bytes, std::uint64_t trips) {
    const Error broken{Errc::local_failed, Disconnect::none, 0, "the ping-pong broke off"};
    NACRE_TRY(const LoopbackPeer peer, LoopbackPeer::start([&](int socket) {
                  Bytes message(bytes);
                  while (send_all(socket, message) && receive_all(socket, message)) {
                  }
              }));
    const Epoll epoll;
    epoll_event interest{};
    interest.events = EPOLLIN;
    if (::epoll_ctl(epoll.fd, EPOLL_CTL_ADD, peer.socket(), &interest) != 0) return broken;
    Bytes message(bytes);
    if (!answer(epoll.fd, peer.socket(), message, kWarmUpTrips)) return broken;
    const CpuTime cpu = thread_cpu();
    const double seconds = thread_cpu_seconds();
    if (!answer(epoll.fd, peer.socket(), message, trips)) return broken;
    return TripCost{(thread_cpu_seconds() - seconds) / static_cast<double>(trips),
                    thread_cpu() - cpu};
}

int run_ping_pong_floor(Arguments& arguments, Report& report) {
    const std::size_t bytes = arguments.number("bytes", "in a message", 68, 1, kMostBytes);
    const auto trips = arguments.number("trips", "round trips in a run", 10000, 1, 10000000);
    const auto folder = arguments.text("folder", "where small files are made", "/dev/shm");
    const auto files = arguments.number("files", "small files in a run", 500, 1, 100000);
    const auto runs = arguments.number("runs", "samples", 7, 1, 1000);
    if (const auto status = arguments.finish()) return *status;

    Row row{"floor pingpong", {{"bytes", std::to_string(bytes)}}, "CPU-us/trip", {}, {}, {}};
    for (std::uint64_t run = 0; run < runs; ++run) {
        const auto cost = measure_ping_pong(bytes, trips);
        if (!cost) return failed(arguments, cost.error());
        row.samples.push_back(cost->seconds * 1e6);
        row.cpu += cost->cpu;
    }
    report.rows.push_back(std::move(row));
    if (const auto done = measure_small_files(folder, files, runs, report); !done)
        return failed(arguments, done.error());
    return kOk;
}

}  // namespace nacre::bench
