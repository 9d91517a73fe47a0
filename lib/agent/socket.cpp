#include "agent/socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nacre::agent::detail {

namespace {

using Clock = std::chrono::steady_clock;

/// Received at once; most answers are shorter.
constexpr std::size_t kPart = 4096;

constexpr Error kHungUp{Errc::closed, Disconnect::none, 0, "agent: connection closed"};
constexpr Error kTooSlow{Errc::timed_out, Disconnect::none, 0, "agent: no answer in time"};

bool try_again() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

timeval as_timeval(Duration limit) noexcept {
    const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(limit).count();
    return {static_cast<time_t>(microseconds / 1'000'000),
            static_cast<suseconds_t>(microseconds % 1'000'000)};
}

}  // namespace

void AgentSocket::close() noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

Result<void> AgentSocket::connect(const std::string& path, Duration limit) {
    close();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path ||
        path.find('\0') != std::string::npos)
        return Error{Errc::local_misuse, Disconnect::none, 0,
                     "agent: the socket's path is empty or too long"};
    std::copy(path.begin(), path.end(), address.sun_path);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0)
        return Error{Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno),
                     "agent: no socket to be had"};
    // A connect to a Unix socket waits only for the agent's queue, and goes by this limit.
    const timeval patience = as_timeval(limit);
    static_cast<void>(::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience));
    int done = 0;
    do {
        done = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } while (done != 0 && errno == EINTR);
    if (done == 0) return {};
    const int error = errno;
    close();
    if (error == EAGAIN || error == EWOULDBLOCK) return kTooSlow;
    return Error{Errc::not_found, Disconnect::none, static_cast<std::uint32_t>(error),
                 "agent: cannot connect to the socket"};
}

Result<Bytes> AgentSocket::exchange(ByteView message, Duration limit) {
    const Deadline deadline = limit == Duration{} ? Deadline{} : Deadline{Clock::now() + limit};
    auto sent = send(message, deadline);
    Result<Bytes> answer = sent ? receive(deadline) : Result<Bytes>(sent.error());
    // Its answer might come later and be taken for that of another request.
    if (!answer) close();
    return answer;
}

Result<void> AgentSocket::wait(short events, Deadline deadline) const {
    for (;;) {
        int timeout = -1;
        if (deadline) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
            if (left <= 0) return kTooSlow;
            timeout = static_cast<int>(std::min<std::chrono::milliseconds::rep>(left, 1'000'000));
        }
        pollfd polled{fd_, events, 0};
        if (::poll(&polled, 1, timeout) > 0) return {};
    }
}

Result<void> AgentSocket::send(ByteView bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        } else if (n < 0 && try_again()) {
            NACRE_CHECK(wait(POLLOUT, deadline));
        } else {
            return kHungUp;
        }
    }
    return {};
}

Result<Bytes> AgentSocket::receive(Deadline deadline) {
    Bytes received;
    std::array<std::uint8_t, kPart> part{};
    for (;;) {
        const ssize_t n = ::recv(fd_, part.data(), part.size(), MSG_DONTWAIT);
        if (n < 0 && try_again()) {
            NACRE_CHECK(wait(POLLIN, deadline));
            continue;
        }
        if (n <= 0) return kHungUp;
        append(received, ByteView(part).first(static_cast<std::size_t>(n)));
        NACRE_TRY(const auto message, first_message(received));
        if (!message) continue;
        if (received.size() != 4 + message->size())
            return misbehaved("agent: more than one answer to one request");
        received.erase(received.begin(), received.begin() + 4);
        return received;
    }
}

}  // namespace nacre::agent::detail
