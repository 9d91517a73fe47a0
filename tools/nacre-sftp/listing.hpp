/// \file
/// What ls, stat, df and their like show.
#pragma once
#include "commands.hpp"

namespace nacre::tools {

// Commands: what is wrong, or "".
std::string show_files(Shell& shell, const std::vector<std::string>& words);
std::string show_attrs(Shell& shell, const std::vector<std::string>& words);
std::string show_space(Shell& shell, const std::vector<std::string>& words);
std::string show_server(Shell& shell, const std::vector<std::string>& words);

}  // namespace nacre::tools
