/// \file
/// A child process as the user of a session channel (RFC 4254 s6.5).
#pragma once
#include <nacre/connection/channel.hpp>
#include <nacre/server/server.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::server {

struct ProcessConfig {
    std::vector<std::string> arguments;    ///< the first is the path of the program
    std::vector<std::string> environment;  ///< NAME=value
    std::string directory;                 ///< where it starts; empty: where the server is
};

/// Starts the process, in a session of its own, with pipes for standard input, output and error;
/// the sink moves data between them and its channel. What the peer sends is credited when the
/// process has taken it, and what the process writes is read as the channel drains. EOF is sent
/// when its output was read to the end, and when it has ended too, exit-status or exit-signal and
/// CLOSE. "signal" requests go to its process group, and so does SIGHUP when the channel closes
/// before. The program must ignore SIGPIPE.
/// \param loop  the connection's, of a Server; outlives the sink
/// Errors: local_failed, detail errno; local_misuse for a Loop of another kind.
Result<std::unique_ptr<ChannelSink>> make_process(const ProcessConfig& config, Loop& loop);

}  // namespace nacre::server
