/// \file
/// The command line of nacre-sftp-server.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace nacre::tools {

struct ServerOptions {
    bool read_only = false;
    bool log = false;
    std::optional<std::uint32_t> umask;  ///< nothing: the inherited one
    std::uint32_t sftp_version = 6;      ///< the highest
    std::string root = "/";
    std::string home;  ///< as the client sees it
};

/// The options, or the exit status after everything was said: help, or what is wrong.
std::variant<ServerOptions, int> read_options(int argc, char** argv);

}  // namespace nacre::tools
