/// \file
/// A child process at the other end of a TCP connection over loopback.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>

#include <sys/types.h>

#include <functional>

namespace nacre::bench {

/// The child is the client and ends when the connection does: closed by the destructor, which then
/// waits for it.
class LoopbackPeer {
  public:
    /// \param body  what the child does with its blocking socket; it must return when the
    ///              connection ends. Destructors of what existed before do not run in the child.
    /// Errors: local_failed, with errno as its detail.
    static Result<LoopbackPeer> start(const std::function<void(int socket)>& body);

    LoopbackPeer(LoopbackPeer&& other) noexcept;
    LoopbackPeer& operator=(LoopbackPeer&& other) = delete;
    ~LoopbackPeer();

    /// Our end, blocking, TCP_NODELAY set.
    int socket() const noexcept { return socket_; }

  private:
    LoopbackPeer(int socket, pid_t child) noexcept : socket_(socket), child_(child) {}
    int socket_;
    pid_t child_;
};

/// Sends all of `bytes`, blocking. false: the connection is gone.
bool send_all(int socket, ByteView bytes) noexcept;
/// Receives until `bytes` is full, blocking. false: the connection is gone.
bool receive_all(int socket, ByteSpan bytes) noexcept;

}  // namespace nacre::bench
