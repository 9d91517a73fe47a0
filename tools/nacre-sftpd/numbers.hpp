/// \file
/// Numbers in the values of options, and how a value is shown in a complaint.
#pragma once
#include "../numbers.hpp"

#include <string>
#include <string_view>

namespace nacre::sftpd {

using tools::parse_number;

inline std::string quoted(std::string_view text) {
    return std::string("'").append(text).append("'");
}

}  // namespace nacre::sftpd
