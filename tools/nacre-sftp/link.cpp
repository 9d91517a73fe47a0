#include "link.hpp"

#include "../session_socket.hpp"
#include "../terminal.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nacre::tools {

namespace {

/// Received before output has its turn.
constexpr std::size_t kReceivePerTurn = 1024 * 1024;

Instant clock_now() noexcept {
    return std::chrono::steady_clock::now();
}

bool would_block() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace

/// Keeps why the session ended.
class Link::Observer final : public SessionObserver {
  public:
    explicit Observer(std::string& why) : why_(why) {}
    void on_close(const SessionInfo&, const CloseInfo& info) override {
        if (!why_.empty()) return;
        why_ = info.error.what;
        if (!info.text.empty()) why_ += " (" + safe_line(info.text) + ")";
    }

  private:
    std::string& why_;
};

Link::~Link() {
    session_.reset();
    if (socket_ >= 0) ::close(socket_);
}

std::string Link::connect(const std::string& host, std::uint16_t port) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error =
            ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
        error != 0)
        return ::gai_strerror(error);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    std::string fault = "no address";
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
        const int fd = ::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && ::connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            socket_ = fd;
            prepare_socket(fd);
            return {};
        }
        fault = std::strerror(errno);
        if (fd >= 0) ::close(fd);
    }
    return fault;
}

Result<void> Link::start(SessionParts parts) {
    parts.role = Role::client;
    parts.resources = {&provider_, &system_rng(), &inline_executor(), &frames_, &slabs_};
    parts.observer = std::make_shared<Observer>(why_ended_);
    parts.now = clock_now();
    NACRE_TRY(session_, make_session(std::move(parts)));
    session_->on_output([this] { woken_ = true; });
    return {};
}

bool Link::run_until(const std::function<bool()>& done) {
    while (!done()) {
        if (session_->finished()) {
            flush();
            return done();
        }
        // What the program asked for since is handled like an answer from outside.
        woken_ = false;
        static_cast<void>(session_->rx_commit(0, clock_now()));
        const bool blocked = !flush();
        if (done() || session_->finished()) continue;
        wait(blocked);
    }
    return true;
}

void Link::wait(bool blocked) {
    pollfd polled{socket_, 0, 0};
    const bool reading = session_->rx_wanted();
    polled.events = static_cast<short>((reading ? POLLIN : 0) | (blocked ? POLLOUT : 0));
    int timeout = woken_ ? 0 : -1;
    if (const auto due = session_->deadline(); due && timeout != 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - clock_now());
        timeout = static_cast<int>(
            std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 1'000'000));
    }
    static_cast<void>(::poll(&polled, 1, timeout));
    if (reading && (polled.revents & (POLLIN | POLLHUP | POLLERR)) != 0) receive();
    if (const auto due = session_->deadline(); due && *due <= clock_now())
        static_cast<void>(session_->on_deadline(clock_now()));
}

void Link::receive() {
    std::size_t left = kReceivePerTurn;
    while (left != 0 && session_->rx_wanted()) {
        const ByteSpan space = session_->rx_space(1);
        if (space.empty()) return;
        const std::size_t want = std::min(space.size(), left);
        const ssize_t n = ::read(socket_, space.data(), want);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && would_block()) return;
        if (n <= 0) {
            session_->rx_eof(clock_now());
            return;
        }
        const auto count = static_cast<std::size_t>(n);
        static_cast<void>(session_->rx_commit(count, clock_now()));
        left -= count;
        if (count < want) return;
    }
}

/// False when the socket takes no more for now.
bool Link::flush() {
    if (lost_) return true;
    const Sent sent = send_waiting(*session_, socket_);
    if (sent == Sent::lost) {
        lost_ = true;
        session_->rx_eof(clock_now());
    }
    return sent != Sent::blocked;
}

void Link::close() {
    if (session_ == nullptr) return;
    session_->close(Disconnect::by_application, "done");
    while (!flush()) {
        pollfd polled{socket_, POLLOUT, 0};
        if (::poll(&polled, 1, 1000) <= 0) return;
    }
}

}  // namespace nacre::tools
