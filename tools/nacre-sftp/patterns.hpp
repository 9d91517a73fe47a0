/// \file
/// Patterns of names (*, ?, []), found on either side.
#pragma once
#include <string>
#include <vector>

namespace nacre::tools {

class Remote;

/// The paths of the server that fit, sorted; the word itself, taken plainly, if it is no pattern or
/// nothing fits. Names beginning with a dot are for patterns that do.
std::vector<std::string> remote_matches(Remote& remote, const std::string& word);
/// The same for local paths.
std::vector<std::string> local_matches(const std::string& word);

}  // namespace nacre::tools
