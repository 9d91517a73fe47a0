/// \file
/// What nacre-sftp can be told to do.
#pragma once
#include <string>
#include <vector>

namespace nacre::tools {

class Remote;

/// Writes the list of commands to standard output.
void print_commands();
/// What is wrong with the command and the number of its arguments, or "".
std::string check_command(const std::vector<std::string>& command);
/// Runs it; what fails is said on standard error. Returns the exit status.
int run_command(Remote& remote, const std::vector<std::string>& command);

}  // namespace nacre::tools
