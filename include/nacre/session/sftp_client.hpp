/// \file
/// SFTP over an SSH session of our own, client side.
#pragma once
#include <nacre/connection/handler.hpp>
#include <nacre/sftp/client.hpp>

#include <memory>

namespace nacre {

/// Opens a "session" channel for `channel` as soon as the user is authenticated, and refuses
/// whatever the server wants to open. The client learns the server's identification. A refused channel, and a session that ends, end the client
/// with that error. Ending the session when the SFTP client is done is the program's to do.
std::unique_ptr<ConnectionHandler> make_sftp_client_handler(sftp::ClientChannel channel);

}  // namespace nacre
