/// \file
/// A ConnectionHandler that serves the "sftp" subsystem.
#pragma once
#include <nacre/connection/session_channel.hpp>
#include <nacre/server/server.hpp>
#include <nacre/sftp/server.hpp>

#include <functional>

namespace nacre::server {

struct SftpService {
    /// Makes the file system of a login, on the connection's thread.
    std::function<Result<std::shared_ptr<sftp::Filesystem>>(const SessionInfo&, Loop&)> filesystem;
    sftp::ServerConfig config;
    /// May be null. Changes a copy of `config` for one channel. The identification strings of both
    /// ends are in it by then.
    std::function<void(const SessionInfo&, sftp::ServerConfig&)> configure;
    /// May be null. Makes the observer of one channel.
    std::function<std::shared_ptr<sftp::ServerObserver>(const SessionInfo&)> observer;
    /// What else session channels may start; null: nothing. Asked for everything but "sftp".
    std::function<std::unique_ptr<SessionPrograms>(const SessionInfo&, Loop&)> programs;
};

/// `service` outlives the handler, as does `loop`.
std::unique_ptr<ConnectionHandler> make_sftp_handler(std::shared_ptr<const SftpService> service,
                                                     Loop& loop);

}  // namespace nacre::server
