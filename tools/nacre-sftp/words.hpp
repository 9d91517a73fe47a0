/// \file
/// Lines of commands, split into words.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::tools {

/// The words of a line as a shell has them: quotes keep blanks together, a backslash takes the next
/// character as it is, '#' begins a comment. What was quoted is no pattern: *, ?, [ and \ get a
/// backslash there, which plain() takes away. None if a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// Whether a word is a pattern, as of fnmatch(3).
bool is_pattern(std::string_view word);
/// What a word names if it is none: without its backslashes.
std::string plain(std::string_view word);

}  // namespace nacre::tools
