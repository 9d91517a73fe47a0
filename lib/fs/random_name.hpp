/// \file
/// Names that nobody can guess.
#pragma once
#include <cstddef>
#include <string>

namespace nacre::fs {

/// Hexadecimal digits, an even number.
std::string random_digits(std::size_t count);

}  // namespace nacre::fs
