/// \file
/// The commands get and put.
#pragma once
#include "remote.hpp"

#include <string>

namespace nacre::tools {

/// Both return what is wrong, or "". A file that is left incomplete is said to be so.
std::string get_file(Remote& remote, const std::string& path, std::string local);
std::string put_file(Remote& remote, const std::string& local, std::string path);

}  // namespace nacre::tools
