/// \file
/// Columns of text.
#pragma once
#include "report.hpp"

#include <string>
#include <vector>

namespace nacre::bench {

using TableLine = std::vector<std::string>;

/// All lines have as many cells as the first. The first `words` columns are aligned to the left,
/// the others, which are numbers, to the right.
std::string aligned(const std::vector<TableLine>& lines, std::size_t words);

/// The values of a row's parameters, one after the other.
std::string values_text(const Row& row);

}  // namespace nacre::bench
