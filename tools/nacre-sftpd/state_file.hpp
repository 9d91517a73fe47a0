/// \file
/// Small files that tell others about the running server.
#pragma once
#include <string>

namespace nacre::sftpd {

/// Writes the file under another name and renames it: a reader sees all of it or nothing. What is
/// wrong, or nothing.
std::string write_state_file(const std::string& path, const std::string& text);

}  // namespace nacre::sftpd
