/// \file
/// The command line of nacre-sftp-server.
#pragma once
#include <string>
#include <variant>

namespace nacre::tools {

struct ServerOptions {
    bool read_only = false;
    bool log = false;
    std::string root = "/";
    std::string home;  ///< as the client sees it
};

/// The options, or the exit status after everything was said: help, or what is wrong.
std::variant<ServerOptions, int> read_options(int argc, char** argv);

}  // namespace nacre::tools
