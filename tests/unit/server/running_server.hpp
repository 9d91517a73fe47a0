/// \file
/// A server that runs, and a bare socket to talk to it.
#pragma once
#include "support/full_stack.hpp"

#include <nacre/server/server.hpp>

#include <catch2/catch_all.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace nacre::test {

/// Long enough for a busy machine; nothing waits for it when all is well.
inline constexpr int kSocketPatience = 20000;

class Socket {
  public:
    explicit Socket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(fd_); }

    bool connected() const { return connected_; }
    /// What comes next; empty at the end.
    std::string read() {
        pollfd ready{fd_, POLLIN, 0};
        char buffer[4096];
        if (::poll(&ready, 1, kSocketPatience) != 1) return "timed out";
        const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
        return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
    }
    /// Whether the other end resets the connection, not ends it.
    bool reset() {
        pollfd failed{fd_, 0, 0};
        return ::poll(&failed, 1, kSocketPatience) == 1 && (failed.revents & POLLERR) != 0;
    }
    /// Nothing comes for some time.
    bool silent() {
        pollfd ready{fd_, POLLIN, 0};
        return ::poll(&ready, 1, 100) == 0;
    }
    void write(std::string_view text) { CHECK(::send(fd_, text.data(), text.size(), 0) > 0); }

  private:
    int fd_;
    bool connected_ = false;
};

struct Running {
    explicit Running(server::Config c) {
        c.transport.host_keys = {host_key("ssh-ed25519")};
        if (!c.service) {
            c.service = [](const server::Peer&, server::Loop&) {
                return server::Service{std::make_unique<OpenDoor>(), std::make_unique<EchoServer>(),
                                       nullptr};
            };
        }
        auto made = server::make_server(std::move(c));
        REQUIRE(made);
        server = std::move(*made);
        const auto bound = server->listen("127.0.0.1", 0);
        REQUIRE(bound);
        port = *bound;
        thread = std::thread([this] { server->run(); });
    }
    ~Running() { stop(); }
    /// Waits until the server has so many connections.
    bool comes_to(std::size_t connections) const {
        const auto end =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(kSocketPatience);
        while (server->connections() != connections && std::chrono::steady_clock::now() < end)
            std::this_thread::yield();
        return server->connections() == connections;
    }
    void stop() {
        server->stop();
        if (thread.joinable()) thread.join();
    }

    std::unique_ptr<server::Server> server;
    std::uint16_t port = 0;
    std::thread thread;
};

}  // namespace nacre::test
