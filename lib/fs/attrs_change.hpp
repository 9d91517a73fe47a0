/// \file
/// Changing the attributes of a file, all or, as far as can be known, nothing.
#pragma once
#include "fs/posix_acl.hpp"
#include "fs/posix_names.hpp"
#include "fs/quota_use.hpp"

#include <nacre/base/result.hpp>
#include <nacre/sftp/attrs.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>

namespace nacre::fs {

/// What a descriptor is, which decides how the object behind it is changed.
enum class Descriptor : std::uint8_t {
    open,       ///< opened for reading or writing
    path,       ///< O_PATH, no symbolic link
    path_link,  ///< O_PATH of a symbolic link itself
};

/// What is to be changed, in the system's terms.
struct Change {
    static constexpr std::uint32_t kSame = 0xffff'ffff;

    std::uint32_t uid = kSame;
    std::uint32_t gid = kSame;
    std::optional<mode_t> mode;
    std::optional<std::uint64_t> size;
    std::optional<std::uint64_t> allocation;
    std::optional<sftp::FileTime> atime, mtime;
    std::optional<FileAcl> acl;  ///< with `mode`, which then has the nine bits of this
    bool folder = false;         ///< what `acl` is for

    /// What the file is cut to at most; nothing: it is not cut.
    std::optional<std::uint64_t> lowest_size() const noexcept { return size ? size : allocation; }
};

/// Looks at what is asked for before anything is changed. May block if there are names in `attrs`.
/// Errors: op_unsupported for what no system call sets (creation and change time, link count, bits,
/// MIME type, text hint, untranslated name); owner_invalid and group_invalid for who is not there;
/// invalid_parameter for times that are none, sizes above 2^63 - 1, an allocation size below the
/// size (draft-13 s7.4). What is `extended` is ignored.
///
/// An ACL and permissions together: the ACL decides on rwx, the permissions on setuid, setgid and
/// sticky. Of the ACL too, `mode_mask` leaves what it leaves of a mode. op_unsupported for an ACL
/// of a link, on a file system that has none, and as from_protocol(). \param fd  what is to be
/// changed
Result<Change> plan_change(int fd, const sftp::Attrs& attrs, Descriptor kind,
                           std::uint32_t mode_mask, PosixNames& names);

/// Makes the change: owner, ACL, mode, size, allocation, times. The first error ends it; what needs
/// rights that we may not have comes first. `kind` as it was planned for; sizes only if `open`.
Result<void> apply_change(int fd, Descriptor kind, const Change& change);

/// The same, as far as the quota allows.
Result<void> apply_with_quota(int fd, Descriptor kind, const Change& change,
                              const QuotaShare& quota);

/// Reserves space for `bytes` without a change of the size. A file system that does not know how is
/// no error. 0, or the errno.
int reserve_space(int fd, std::uint64_t bytes) noexcept;

/// Whether an owner or group has to be looked up, which may block.
bool needs_names(const sftp::Attrs& attrs) noexcept;
bool has_acl(const sftp::Attrs& attrs) noexcept;

}  // namespace nacre::fs
