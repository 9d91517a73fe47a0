/// \file
/// The limits of the server, from the options.
#pragma once
#include "connection_log.hpp"
#include "options.hpp"

#include <nacre/server/server.hpp>

namespace nacre::sftpd {

/// Looks names of hosts up. What is wrong, or nothing.
std::string take_limits(const Options& options, const LogSink& sink, server::Config& config);

}  // namespace nacre::sftpd
