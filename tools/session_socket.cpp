#include "session_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace nacre::tools {

namespace {

/// Slices in one call of sendmsg.
constexpr std::size_t kSlices = 64;

static_assert(sizeof(ConstBuf) == sizeof(iovec));

}  // namespace

Sent send_waiting(Session& session, int socket) {
    std::array<ConstBuf, kSlices> slices{};
    while (const std::size_t count = session.tx_slices(slices)) {
        std::size_t total = 0;
        for (std::size_t i = 0; i < count; ++i) total += slices[i].size;
        msghdr message{};
        message.msg_iov = reinterpret_cast<iovec*>(slices.data());
        message.msg_iovlen = count;
        const ssize_t n = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::blocked : Sent::lost;
        session.tx_consumed(static_cast<std::size_t>(n));
        if (static_cast<std::size_t>(n) < total) return Sent::blocked;
    }
    return Sent::all;
}

void prepare_socket(int socket) noexcept {
    const int on = 1;
    static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    static_cast<void>(::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK));
}

}  // namespace nacre::tools
