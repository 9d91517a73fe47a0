/// \file
/// A client session on a socket of this machine.
#pragma once
#include "support/full_stack.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace nacre::test {

/// Logs in with a key and opens the channel "echo".
class SocketClient {
  public:
    /// Long enough for a busy machine; nothing waits for it when all is well.
    static constexpr int kPatience = 20000;

    /// \param receive_buffer  what the kernel takes without being asked; 0: as much as it likes
    explicit SocketClient(std::uint16_t port, int receive_buffer = 0, ConnectionConfig config = {})
        : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer != 0)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return;
        auto transport = std::make_shared<TransportConfig>();
        transport->host_key_verifier = std::make_shared<TrustAll>();
        SessionParts parts;
        parts.role = Role::client;
        parts.config = transport;
        parts.resources = end_.resources();
        parts.now = now_;
        parts.auth =
            make_auth_client({"alice"}, std::make_unique<KeyOnly>(user_key("ssh-ed25519")));
        parts.connection =
            make_connection_layer(config, std::make_unique<OneChannel>("echo", collected));
        auto made = make_session(std::move(parts));
        if (!made) return;
        session = std::move(*made);
        session->on_output([this] { end_.woken = true; });
    }
    SocketClient(const SocketClient&) = delete;
    SocketClient& operator=(const SocketClient&) = delete;
    ~SocketClient() {
        session.reset();
        ::close(fd_);
    }

    /// Sends all that the session has to send.
    bool flush() {
        std::array<ConstBuf, 16> slices{};
        do {
            if (std::exchange(end_.woken, false)) static_cast<void>(session->rx_commit(0, now_));
            while (session->tx_slices(slices) != 0) {
                const ssize_t n = send({slices[0].data, slices[0].size});
                if (n < 0) return false;
                session->tx_consumed(static_cast<std::size_t>(n));
            }
        } while (end_.woken);
        return true;
    }
    ssize_t send(ByteView bytes) { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    /// Sends and receives until `done()`; false when the end or nothing came instead.
    template <class F>
    bool until(F done) {
        while (!done()) {
            if (!flush()) return false;
            pollfd ready{fd_, POLLIN, 0};
            if (::poll(&ready, 1, kPatience) != 1) return false;
            const ByteSpan space = session->rx_space(1);
            const ssize_t n = ::recv(fd_, space.data(), space.size(), 0);
            if (n <= 0) return false;
            static_cast<void>(session->rx_commit(static_cast<std::size_t>(n), now_));
        }
        return true;
    }
    bool log_in() {
        return session != nullptr && until([this] { return collected->port != nullptr; });
    }
    /// Waits until the other side has reset the connection, without reading.
    bool reset_by_peer() const {
        pollfd ready{fd_, 0, 0};
        return ::poll(&ready, 1, kPatience) == 1 && (ready.revents & POLLERR) != 0;
    }

    std::shared_ptr<Collected> collected = std::make_shared<Collected>();
    std::unique_ptr<Session> session;

  private:
    int fd_;
    End end_{3};
    const Instant now_{std::chrono::hours(1)};
};

}  // namespace nacre::test
