/// \file
/// Several Filesystems as one, each in a folder of its own.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::sftp {

/// Where a Filesystem appears. Its own root is this folder; its own home means nothing here.
struct Mount {
    std::string folder;  ///< absolute: "/", "/archive", "/home/anna"
    std::shared_ptr<Filesystem> filesystem;
};

/// Most mounts of one Filesystem.
constexpr std::size_t kMaxMounts = 256;

/// The Filesystem that shows each mount in its folder. A path belongs to the mount with the longest
/// folder above it, after "." and ".." are taken out of its text.
///
/// The folders on the way to a mount are always there, made up where no mount below has them; they
/// and the mounts themselves cannot be removed, renamed or replaced, and hide what has their name.
/// Symbolic links are followed by their own mount and do not leave it; an absolute target is shown
/// as the client sees it, and refused if it is outside. Renames, hard links and copies from one
/// mount to another fail (EXDEV).
///
/// Groups are there if one mount has them, and answer op_unsupported elsewhere; the traits are
/// those that all have. \param home  absolute; where relative paths begin Errors: local_misuse for
/// folders that are not absolute or there twice, for none or too many.
Result<std::shared_ptr<Filesystem>> make_mounted_filesystem(std::vector<Mount> mounts,
                                                            std::string home = "/");

}  // namespace nacre::sftp
