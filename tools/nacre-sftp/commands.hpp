/// \file
/// What nacre-sftp can be told to do.
#pragma once
#include "copying.hpp"

#include <string>
#include <vector>

namespace nacre::tools {

/// Writes the list of commands to standard output.
void print_commands();
/// What is wrong with the command and the number of its arguments, or "".
std::string check_command(const std::vector<std::string>& command);

/// One session's commands, one after the other.
struct Shell {
    /// Runs a command that check_command() found good, its words as of split_words(). Returns what
    /// is wrong, or "".
    std::string run(const std::vector<std::string>& command);

    Remote& remote;
    const Provider& provider;
    CopyOptions defaults = {};  ///< of get and put
    bool over = false;          ///< "quit" was said
};

}  // namespace nacre::tools
