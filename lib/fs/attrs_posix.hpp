/// \file
/// stat(2) and its relatives as Attrs.
#pragma once
#include "fs/posix_names.hpp"

#include <nacre/base/result.hpp>
#include <nacre/sftp/attrs.hpp>
#include <nacre/sftp/space.hpp>

#include <sys/stat.h>

namespace nacre::fs {

/// What attrs_of_fd() tells when all of it is asked for.
constexpr sftp::AttrMask kLocalAttrs = sftp::kAttrCommon | sftp::kAttrCreateTime | sftp::kAttrBits |
                                       sftp::kAttrAllocationSize | sftp::kAttrAcl;
constexpr std::uint32_t kLocalBits =
    sftp::kBitAppendOnly | sftp::kBitImmutable | sftp::kBitCompressed | sftp::kBitEncrypted;

sftp::FileType file_type_of(mode_t mode) noexcept;
/// All that `status` tells for kAttrCommon, with the names of owner and group.
sftp::Attrs attrs_of(const struct stat& status, const Names& names);
/// Of an open object, which may be O_PATH. Beyond kAttrCommon each kind costs a call more; what the
/// file system does not tell is left out.
Result<sftp::Attrs> attrs_of_fd(int fd, sftp::AttrMask wanted, const Names& names);
/// The same where fstat(2) was called before, without the ACL, which takes a disk and names.
void add_attrs(int fd, const struct stat& status, sftp::AttrMask wanted, sftp::Attrs& attrs);

/// fstatvfs(2); `fd` may be O_PATH.
Result<sftp::FilesystemStats> filesystem_stats(int fd);

}  // namespace nacre::fs
