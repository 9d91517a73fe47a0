#include "loopback.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace nacre::bench {

namespace {

/// Closes its descriptor.
class Socket {
  public:
    explicit Socket(int fd) noexcept : fd_(fd) {}
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

Error from_errno(const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno), what};
}

void set_no_delay(int fd) noexcept {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

[[noreturn]] void be_child(const sockaddr_in& address, pid_t parent,
                           const std::function<void(int)>& body) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        ::_exit(1);
    set_no_delay(socket.get());
    body(socket.get());
    ::_exit(0);
}

}  // namespace

Result<LoopbackPeer> LoopbackPeer::start(const std::function<void(int)>& body) {
    const Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return from_errno("no port on the loopback interface");
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return from_errno("no process");
    if (child == 0) be_child(address, parent, body);
    const int socket = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return from_errno("the child did not connect");
    set_no_delay(socket);
    return LoopbackPeer(socket, child);
}

LoopbackPeer::LoopbackPeer(LoopbackPeer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), child_(std::exchange(other.child_, -1)) {}

LoopbackPeer::~LoopbackPeer() {
    if (socket_ >= 0) ::close(socket_);
    if (child_ > 0)
        while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
}

bool send_all(int socket, ByteView bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

bool receive_all(int socket, ByteSpan bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t n = ::recv(socket, bytes.data(), bytes.size(), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace nacre::bench
