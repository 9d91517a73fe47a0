/// \file
/// Writing a file as a whole or not at all.
#pragma once
#include <nacre/fs/key_files.hpp>

#include <sys/types.h>

namespace nacre::detail {

/// As write_private_file(), with any mode.
FileResult<Written> write_whole_file(const std::string& path, ByteView bytes, mode_t mode,
                                     IfExists if_exists);

}  // namespace nacre::detail
