/// \file
/// Questions to the user, and text that is safe to show.
#pragma once
#include <nacre/base/secret.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nacre::tools {

/// A line typed at the controlling terminal, not shown unless `echo`. Empty when there is none.
std::optional<SecretBytes> ask_terminal(const std::string& prompt, bool echo);
/// With control characters other than line ends and tabs replaced, so that they steer no terminal.
std::string safe_text(std::string_view text);
/// The same on one line.
std::string safe_line(std::string_view text);

}  // namespace nacre::tools
