/// \file
/// Many commands in one session.
#pragma once
#include "commands.hpp"

#include <string>

namespace nacre::tools {

/// Runs the lines of `file` ("-": of standard input) until one fails; a line that begins with '-'
/// may fail, and one that begins with '@' is not shown. Returns the exit status.
int run_batch(Shell& shell, const std::string& file);
/// Runs what is typed; nothing that fails ends it.
int run_typed(Shell& shell);

}  // namespace nacre::tools
