/// \file
/// A socket that listens.
#pragma once
#include "fs/owned_fd.hpp"
#include "server/handler_memory.hpp"

#include <nacre/base/result.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace nacre::server {

/// Accepts until it is closed, whatever it lacks: without descriptors or memory it tries again
/// after a pause. Used on the thread of its io_context; outlives the handlers that wait there.
class Listener {
  public:
    using Accepted = std::function<void(detail::OwnedFd, const asio::ip::tcp::endpoint& remote)>;

    /// \param address   numeric
    /// \param accepted  may throw; that connection is closed then
    /// Errors: local_failed, detail errno.
    static Result<std::unique_ptr<Listener>> open(asio::io_context& io, const std::string& address,
                                                  std::uint16_t port, Accepted accepted);
    Listener(asio::io_context& io, Accepted accepted)
        : acceptor_(io), timer_(io), accepted_(std::move(accepted)) {}

    std::uint16_t port() const noexcept { return port_; }
    void close() noexcept;

  private:
    Result<void> bind(const asio::ip::tcp::endpoint& endpoint);
    void wait();
    void pause();
    bool accept();

    HandlerMemory memory_;
    HandlerMemory pause_memory_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer timer_;
    const Accepted accepted_;
    std::uint16_t port_ = 0;
};

}  // namespace nacre::server
