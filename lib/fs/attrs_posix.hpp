/// \file
/// stat(2) and its relatives as Attrs.
#pragma once
#include "fs/posix_names.hpp"

#include <nacre/base/result.hpp>
#include <nacre/sftp/attrs.hpp>
#include <nacre/sftp/space.hpp>

#include <sys/stat.h>

namespace nacre::fs {

sftp::FileType file_type_of(mode_t mode) noexcept;
/// All that `status` tells, with the names of owner and group.
sftp::Attrs attrs_of(const struct stat& status, PosixNames& names);

/// What a descriptor is, which decides how the object behind it is changed.
enum class Descriptor : std::uint8_t {
    open,       ///< opened for reading or writing
    path,       ///< O_PATH, no symbolic link
    path_link,  ///< O_PATH of a symbolic link itself
};

/// Changes what is set in `attrs`: size (an open descriptor only), permissions & mode_mask, times,
/// owner, in OpenSSH's order. One that fails does not keep the others from being tried; the first
/// error is returned. Names of owner and group without numbers are refused.
Result<void> set_attrs(int fd, Descriptor kind, const sftp::Attrs& attrs, std::uint32_t mode_mask);

/// fstatvfs(2); `fd` may be O_PATH.
Result<sftp::FilesystemStats> filesystem_stats(int fd);

}  // namespace nacre::fs
