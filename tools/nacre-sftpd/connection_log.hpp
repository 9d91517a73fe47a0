/// \file
/// What one connection leaves in the log.
#pragma once
#include "log.hpp"

#include <nacre/auth/server.hpp>
#include <nacre/server/server.hpp>
#include <nacre/session/session.hpp>
#include <nacre/sftp/server.hpp>

#include <functional>
#include <memory>
#include <string>

namespace nacre::sftpd {

/// Where lines go: log_line(), or a test.
using LogSink = std::function<void(LogLevel, const std::string&)>;

/// One line for each event, "connection N: ..." in front, everything that the peer chose escaped.
/// One thread.
class ConnectionLog final : public SessionObserver {
  public:
    ConnectionLog(std::uint64_t number, LogSink sink);

    void accepted(const server::Peer& peer);
    void attempt(const AuthAttempt& attempt);
    /// A program was started on a channel: "subsystem sftp", "exec ...".
    void started(std::string_view kind, std::string_view what);
    void line(LogLevel level, const std::string& text);

    void on_negotiated(const SessionInfo& info) override;
    void on_warning(const SessionInfo& info, const char* what, std::uint32_t detail) override;
    void on_debug_message(const SessionInfo& info, std::string_view text) override;
    void on_close(const SessionInfo& info, const CloseInfo& why) override;

  private:
    const std::string prefix_;
    const LogSink sink_;
    const Instant since_;
};

/// The files that one sftp channel served, at level debug; an unorderly end as a warning.
std::shared_ptr<nacre::sftp::ServerObserver> make_sftp_log(std::shared_ptr<ConnectionLog> log);

}  // namespace nacre::sftpd
