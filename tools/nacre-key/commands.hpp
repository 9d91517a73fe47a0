/// \file
/// The commands of nacre-key.
#pragma once
#include "arguments.hpp"

#include <string>
#include <vector>

namespace nacre::tools {

Command show_command();
Command check_command();
Command convert_command();
Command generate_command();
Command sign_command();
Command revoke_command();
Command fingerprint_command();
Command agent_command();

/// Says on standard error what is wrong.
void complain(const Refusal& why);

/// Runs the command that the first word names; the status to exit with.
int run_program(std::vector<std::string> words);

}  // namespace nacre::tools
