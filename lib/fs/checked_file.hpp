/// \file
/// Reading a file that no one else may have written.
#pragma once
#include "fs/owned_fd.hpp"

#include <nacre/fs/key_files.hpp>

#include <sys/stat.h>

#include <string>

namespace nacre::detail {

/// read_authorized_keys_file(), and the status of what was read.
FileResult<std::string> read_checked_file(const std::string& path, const StrictModes& strict,
                                          struct stat& status);

/// A descriptor of O_PATH, if all of the path is in the kernel's caches; invalid otherwise. Nobody
/// is asked. See RESOLVE_CACHED of openat2(2).
OwnedFd name_in_cache(const std::string& path) noexcept;

}  // namespace nacre::detail
