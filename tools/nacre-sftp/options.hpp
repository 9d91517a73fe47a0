/// \file
/// The command line of nacre-sftp.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace nacre::tools {

/// Exit statuses.
constexpr int kDone = 0;
constexpr int kFailed = 1;     ///< the server or a file said no
constexpr int kNoSession = 2;  ///< wrong usage, or no session came about

struct ClientOptions {
    std::string user, host;
    std::uint16_t port = 22;
    std::vector<std::string> keys;     ///< files; empty: those of ~/.ssh
    std::string fingerprint;           ///< of the host key, "SHA256:..."; empty: by known_hosts
    std::string known_hosts;           ///< file
    bool accept_new = false;           ///< keys of hosts never seen are added to the file
    std::string password_file;         ///< its first line; empty: asked for
    std::vector<std::string> command;  ///< name and arguments, as many as the command takes
};

/// The options, or the exit status after everything was said: help, or what is wrong.
std::variant<ClientOptions, int> read_options(int argc, char** argv);

}  // namespace nacre::tools
