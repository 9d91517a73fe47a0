#pragma once

#include <string_view>

namespace nacre {

/// The version of the library that is linked, "major.minor.patch". Static storage.
std::string_view version() noexcept;

}  // namespace nacre
