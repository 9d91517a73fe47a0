/// \file
/// Lines for standard error, with date and level.
#pragma once
#include "options.hpp"

#include <string>
#include <string_view>

namespace nacre::sftpd {

/// From now on lines of `level` and above are written. Once, before the first line.
void start_log(LogLevel level);

/// One line; from every thread. `text` holds no control bytes (see escaped()).
void log_line(LogLevel level, std::string_view text);

/// `text` with control bytes, bytes that are no ASCII and backslashes as \xHH, `\\`: what a peer
/// sends cannot end a line or steer a terminal. Cut to `limit` bytes of input.
std::string escaped(std::string_view text, std::size_t limit = 256);

}  // namespace nacre::sftpd
