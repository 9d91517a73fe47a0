/// \file
/// Local files and folders, as the library's copies use them.
#pragma once
#include <nacre/crypto/provider.hpp>
#include <nacre/sftp/tree_transfer.hpp>

#include <sys/stat.h>

#include <memory>
#include <string>

namespace nacre::tools {

/// An error with errno.
Error local_error();
/// What of stat(2) a copy may keep, and the type.
sftp::Attrs attrs_of(const struct stat& status);

/// Opens a local file for a copy. Errors: local_failed with errno.
/// \param flags  of open(2), O_CLOEXEC apart
Result<std::shared_ptr<sftp::TransferFile>> open_disk_file(const std::string& path, int flags,
                                                           const Provider& provider);

/// Everything below `root`. Below it no symbolic link is followed when something is written.
std::shared_ptr<sftp::TransferTree> make_disk_tree(std::string root, const Provider& provider);

}  // namespace nacre::tools
