/// \file
/// A ConnectionHandler that serves the "sftp" subsystem, as far as the restrictions of the login
/// go.
#pragma once
#include <nacre/connection/session_channel.hpp>
#include <nacre/server/server.hpp>
#include <nacre/sftp/server.hpp>

#include <functional>

namespace nacre::server {

/// A login with a forced command gets that, whatever it asks for: `internal-sftp`, with -R and -d
/// if need be, is served here; every other one goes to `programs` as exec, with what was asked for
/// in SSH_ORIGINAL_COMMAND, and where there are none nothing is started.
struct SftpService {
    /// Makes the file system of a login, on the connection's thread.
    std::function<Result<std::shared_ptr<sftp::Filesystem>>(const SessionInfo&, Loop&)> filesystem;
    sftp::ServerConfig config;
    /// May be null. Changes a copy of `config` for one channel. The identification strings of both
    /// ends are in it by then.
    std::function<void(const SessionInfo&, sftp::ServerConfig&)> configure;
    /// May be null. Makes the observer of one channel.
    std::function<std::shared_ptr<sftp::ServerObserver>(const SessionInfo&)> observer;
    /// Whether the variables that lines of authorized_keys set reach programs (environment= there;
    /// PermitUserEnvironment of OpenSSH). LD_PRELOAD is one, so not by default.
    bool permit_user_environment = false;
    /// What else session channels may start; null: nothing. Asked for everything but "sftp".
    /// What its exec and shell are given holds the variables of the login's key.
    std::function<std::unique_ptr<SessionPrograms>(const SessionInfo&, Loop&)> programs;
    /// May be null. Told why a login's forced command is not run, and so nothing is started.
    std::function<void(const SessionInfo&, const Error&)> on_refused;
};

/// `service` outlives the handler, as does `loop`.
std::unique_ptr<ConnectionHandler> make_sftp_handler(std::shared_ptr<const SftpService> service,
                                                     Loop& loop);

}  // namespace nacre::server
