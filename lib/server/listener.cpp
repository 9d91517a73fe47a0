#include "server/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <new>
#include <thread>

namespace nacre::server {

namespace {

/// After an accept that failed for want of descriptors or memory: trying again at once would only
/// burn time.
constexpr auto kPause = std::chrono::milliseconds(100);
constexpr auto kNoMemoryPause = std::chrono::milliseconds(1);

/// Accepted in one turn before connections have theirs.
constexpr int kPerTurn = 16;

Error failed(int error, const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(error), what};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(asio::io_context& io, const std::string& address,
                                                 std::uint16_t port, Accepted accepted) {
    asio::error_code error;
    const auto ip = asio::ip::make_address(address, error);
    if (error) return failed(error.value(), "not a numeric address");
    auto listener = std::make_unique<Listener>(io, std::move(accepted));
    NACRE_CHECK(listener->bind({ip, port}));
    listener->wait();
    return listener;
}

Result<void> Listener::bind(const asio::ip::tcp::endpoint& endpoint) {
    asio::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    // Programs that are started must not inherit it.
    if (!error) ::fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor_.native_non_blocking(true, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return failed(error.value(), "cannot listen");
    return {};
}

void Listener::close() noexcept {
    asio::error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
}

void Listener::wait() {
    acceptor_.async_wait(asio::socket_base::wait_read,
                         HandlerIn(memory_, [this](const asio::error_code& error) {
                             if (!acceptor_.is_open()) return;
                             if (error) return pause();
                             for (int i = 0; i < kPerTurn; ++i)
                                 if (!accept()) return;
                             wait();
                         }));
}

void Listener::pause() {
    try {
        timer_.expires_after(kPause);
        timer_.async_wait(HandlerIn(pause_memory_, [this](const asio::error_code& error) {
            if (!error && acceptor_.is_open()) wait();
        }));
    } catch (const std::bad_alloc&) {
        // No memory even for a timer: better the whole loop waits than that it spins.
        std::this_thread::sleep_for(kNoMemoryPause);
        wait();
    }
}

/// One connection: whether to try the next one now. Otherwise it has seen to it that it will be
/// tried again.
bool Listener::accept() {
    asio::ip::tcp::endpoint remote;
    auto size = static_cast<socklen_t>(remote.capacity());
    detail::OwnedFd fd(::accept4(acceptor_.native_handle(), remote.data(), &size, SOCK_CLOEXEC));
    if (!fd) {
        const bool lacks =
            errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        // Others are those of a connection that is gone again.
        if (lacks) {
            pause();
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait();
        } else {
            return true;
        }
        return false;
    }
    try {
        remote.resize(size);
        accepted_(std::move(fd), remote);
    } catch (const std::exception&) {
        // Nobody can be served now.
    }
    return acceptor_.is_open();
}

}  // namespace nacre::server
