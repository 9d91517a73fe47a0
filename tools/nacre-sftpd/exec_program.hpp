/// \file
/// What --allow-exec allows.
#pragma once
#include <nacre/connection/session_channel.hpp>
#include <nacre/server/server.hpp>

#include <functional>
#include <memory>
#include <string>

namespace nacre::sftpd {

/// Runs the commands of exec requests by /bin/sh -c in `directory`, as the user of this program.
/// \param on_exec  told of each command, and of why it was not started
std::unique_ptr<SessionPrograms> make_exec_programs(
    std::string directory, server::Loop& loop,
    std::function<void(std::string_view command, const Error* error)> on_exec);

}  // namespace nacre::sftpd
