/// \file
/// The connection of a client to its agent: whole messages over a Unix socket.
#pragma once
#include <nacre/agent/messages.hpp>
#include <nacre/base/time.hpp>

#include <string>

namespace nacre::agent::detail {

/// Not for several threads at a time.
class AgentSocket {
  public:
    AgentSocket() noexcept = default;
    AgentSocket(const AgentSocket&) = delete;
    AgentSocket& operator=(const AgentSocket&) = delete;
    ~AgentSocket() { close(); }

    /// Errors as Client::connect.
    Result<void> connect(const std::string& path, Duration limit);
    bool connected() const noexcept { return fd_ >= 0; }
    void close() noexcept;

    /// Sends `message` (with its length) and waits for one answer, without its length. `limit` 0:
    /// for good. After an error the socket is closed. Errors: closed, timed_out, peer_malformed,
    /// peer_limit.
    Result<Bytes> exchange(ByteView message, Duration limit);

  private:
    using Deadline = std::optional<Instant>;

    Result<void> send(ByteView bytes, Deadline deadline);
    Result<Bytes> receive(Deadline deadline);
    Result<void> wait(short events, Deadline deadline) const;

    int fd_ = -1;
};

}  // namespace nacre::agent::detail
