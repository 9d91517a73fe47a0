// Stands between a client and a server and makes their connection long: what comes in leaves later,
// and no faster than the link's rate.
//
//   delay-relay PORT-FILE TARGET-PORT DELAY-MS RATE-MBIT [QUEUE-KIB]
//
// Listens on a port of 127.0.0.1, which it writes to PORT-FILE, and relays every connection to
// TARGET-PORT of 127.0.0.1 until it is killed. DELAY-MS is added each way; RATE-MBIT is the rate
// each way in 10^6 bit/s, 0: none. At most QUEUE-KIB (1024) wait for their turn on the link each
// way; then the sender has to wait, as TCP makes it. What is on its way does not count.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Span = std::chrono::nanoseconds;

/// Taken from a socket at once.
constexpr std::size_t kRead = 64 * 1024;
/// Segments of a size as on real links (jumbo frames). Loopback's 64 KiB are so large a part of a
/// socket's buffer that a sender often waits for its timer instead of for room.
constexpr int kSegment = 8960;
/// Arrived, and not taken by the receiver: beyond this nothing more is read.
constexpr std::size_t kMostArrived = 4 * 1024 * 1024;

struct Link {
    Span delay{0};
    double bytes_per_second = 0;  // 0: unlimited
    std::size_t queue = 0;        // bytes
};

/// One direction of one connection.
class Direction {
  public:
    Direction(const Link& link, int from, int to) : link_(link), from_(from), to_(to) {}

    /// Whether there is room for more, now or when the link has sent some of what waits.
    bool reads() const noexcept { return !ended_ && arrived_bytes_ < kMostArrived; }
    /// When reading may go on; in the past: at once.
    Time readable_at() const noexcept {
        if (link_.bytes_per_second <= 0) return Time{};
        const double seconds = static_cast<double>(link_.queue) / link_.bytes_per_second;
        return free_at_ - std::chrono::duration_cast<Span>(std::chrono::duration<double>(seconds));
    }
    /// When the next piece arrives.
    std::optional<Time> arrival() const noexcept {
        if (on_way_.empty()) return {};
        return on_way_.front().arrival;
    }
    bool has_arrived() const noexcept { return !arrived_.empty(); }
    bool over() const noexcept { return closed_; }

    /// The socket has something. False: the connection broke.
    bool receive(Time now) {
        std::vector<std::uint8_t> bytes(kRead);
        const ssize_t n = ::read(from_, bytes.data(), bytes.size());
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        bytes.resize(static_cast<std::size_t>(n));
        ended_ = n == 0;
        // The link sends one piece after the other; then each is on its way.
        free_at_ = std::max(free_at_, now);
        if (link_.bytes_per_second > 0)
            free_at_ += std::chrono::duration_cast<Span>(
                std::chrono::duration<double>(static_cast<double>(n) / link_.bytes_per_second));
        on_way_.push_back({free_at_ + link_.delay, std::move(bytes)});
        return true;
    }

    /// Hands over what has arrived. False: the connection broke.
    bool deliver(Time now) {
        while (!on_way_.empty() && on_way_.front().arrival <= now) {
            arrived_bytes_ += on_way_.front().bytes.size();
            arrived_.push_back(std::move(on_way_.front().bytes));
            on_way_.pop_front();
        }
        while (!arrived_.empty()) {
            const auto& first = arrived_.front();
            if (first.empty()) {
                ::shutdown(to_, SHUT_WR);
                closed_ = true;
                arrived_.clear();
                return true;
            }
            const ssize_t n = ::send(to_, first.data() + sent_, first.size() - sent_, MSG_NOSIGNAL);
            if (n < 0) return errno == EAGAIN || errno == EINTR;
            sent_ += static_cast<std::size_t>(n);
            arrived_bytes_ -= static_cast<std::size_t>(n);
            if (sent_ < first.size()) return true;
            arrived_.pop_front();
            sent_ = 0;
        }
        return true;
    }

  private:
    struct Piece {
        Time arrival;
        std::vector<std::uint8_t> bytes;  // none: the end
    };

    Link link_;
    int from_, to_;
    std::deque<Piece> on_way_;
    std::deque<std::vector<std::uint8_t>> arrived_;
    std::size_t arrived_bytes_ = 0;
    std::size_t sent_ = 0;  // of the first that arrived
    Time free_at_{};        // when the link has sent all that it was given
    bool ended_ = false, closed_ = false;
};

class Connection {
  public:
    Connection(const Link& link, int client, int server)
        : client_(client),
          server_(server),
          up_(link, client, server),
          down_(link, server, client) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        ::close(client_);
        ::close(server_);
    }

    bool over() const noexcept { return broken_ || (up_.over() && down_.over()); }

    /// Adds what to wait for, and brings `wake` forward to when something is due.
    void prepare(std::vector<pollfd>& polled, Time now, Time& wake) const {
        // A socket that hung up would end every wait at once, asked for or not.
        const auto add = [&](int fd, short wanted) {
            polled.push_back({wanted == 0 ? -1 : fd, wanted, 0});
        };
        add(client_, events(up_, down_, now, wake));
        add(server_, events(down_, up_, now, wake));
    }
    void handle(const pollfd* polled, Time now) {
        constexpr short kSomething = POLLIN | POLLHUP | POLLERR;
        Direction* const ways[] = {&up_, &down_};
        for (int i = 0; i < 2 && !broken_; ++i) {
            if ((polled[i].events & POLLIN) != 0 && (polled[i].revents & kSomething) != 0)
                broken_ = !ways[i]->receive(now);
            broken_ = broken_ || !ways[i]->deliver(now);
        }
    }

  private:
    static short events(const Direction& in, const Direction& out, Time now, Time& wake) {
        short wanted = out.has_arrived() ? POLLOUT : 0;
        if (in.reads()) {
            if (in.readable_at() <= now) {
                wanted = static_cast<short>(wanted | POLLIN);
            } else {
                wake = std::min(wake, in.readable_at());
            }
        }
        if (const auto arrival = in.arrival()) wake = std::min(wake, *arrival);
        return wanted;
    }

    int client_, server_;
    Direction up_, down_;
    bool broken_ = false;
};

sockaddr_in local_address(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Before it listens or connects.
void limit_segments(int fd) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &kSegment, sizeof kSegment);
}

void prepare_socket(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// A listening socket whose port stands in the file; -1 after saying why not.
int listen_on_any_port(const char* port_file) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    limit_segments(fd);
    sockaddr_in address = local_address(0);
    socklen_t size = sizeof address;
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 64) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::perror("delay-relay");
        return -1;
    }
    std::FILE* file = std::fopen(port_file, "we");
    if (file == nullptr) {
        std::perror(port_file);
        return -1;
    }
    std::fprintf(file, "%u\n", unsigned{ntohs(address.sin_port)});
    std::fclose(file);
    return fd;
}

void relay(int listener, std::uint16_t target_port, const Link& link) {
    std::list<Connection> connections;
    std::vector<pollfd> polled;
    while (true) {
        Time now = Clock::now();
        Time wake = now + std::chrono::seconds(1);
        polled.assign(1, {listener, POLLIN, 0});
        for (const Connection& connection : connections) connection.prepare(polled, now, wake);
        const auto left = std::max(std::chrono::duration_cast<Span>(wake - now), Span(0));
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        const timespec timeout{seconds.count(), (left - seconds).count()};
        if (::ppoll(polled.data(), polled.size(), &timeout, nullptr) < 0 && errno != EINTR) return;
        now = Clock::now();
        const pollfd* next = polled.data() + 1;
        for (Connection& connection : connections) {
            connection.handle(next, now);
            next += 2;
        }
        connections.remove_if([](const Connection& connection) { return connection.over(); });
        if ((polled.front().revents & POLLIN) == 0) continue;
        const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = local_address(target_port);
        limit_segments(server);
        if (client < 0 ||
            ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            if (client >= 0) ::close(client);
            ::close(server);
            continue;
        }
        prepare_socket(client);
        prepare_socket(server);
        connections.emplace_back(link, client, server);
    }
}

bool read_number(const char* text, double most, double& number) {
    const char* const end = text + std::strlen(text);
    const auto [rest, error] = std::from_chars(text, end, number);
    return error == std::errc() && rest == end && number >= 0 && number <= most;
}

}  // namespace

int main(int argc, char** argv) {
    double port = 0, delay = 0, rate = 0, queue = 1024;
    if (argc < 5 || argc > 6 || !read_number(argv[2], 65535, port) ||
        !read_number(argv[3], 10'000, delay) || !read_number(argv[4], 1e6, rate) ||
        (argc == 6 && !read_number(argv[5], 1e6, queue))) {
        std::fputs("usage: delay-relay PORT-FILE TARGET-PORT DELAY-MS RATE-MBIT [QUEUE-KIB]\n",
                   stderr);
        return 2;
    }
    // Milliseconds are too coarse for the rate: sleep as exactly as the kernel can.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    Link link;
    link.delay = std::chrono::duration_cast<Span>(std::chrono::duration<double, std::milli>(delay));
    link.bytes_per_second = rate * 1e6 / 8;
    link.queue = static_cast<std::size_t>(queue * 1024);
    const int listener = listen_on_any_port(argv[1]);
    if (listener < 0) return 1;
    relay(listener, static_cast<std::uint16_t>(port), link);
    return 1;
}
