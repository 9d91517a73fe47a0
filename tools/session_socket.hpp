/// \file
/// What every loop with a client's socket and a session on it does.
#pragma once
#include <nacre/session/session.hpp>

#include <cstdint>

namespace nacre::tools {

enum class Sent : std::uint8_t {
    all,      ///< nothing waits in the session
    blocked,  ///< the socket takes no more for now
    lost,     ///< nor ever again: the peer is gone
};

/// Hands the socket what the session has to send. Does not tell the session what became of it.
Sent send_waiting(Session& session, int socket);

/// A connected socket that neither waits nor delays what is small.
void prepare_socket(int socket) noexcept;

}  // namespace nacre::tools
