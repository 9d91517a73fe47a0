/// \file
/// POSIX ACLs as the kernel keeps them, and as the protocol's ACLs.
///
/// To the client (draft-13 s7.8), in this order, with the mask applied to all but the owner and the
/// others, and with ids by name:
///
///     OWNER@, each named user: ALLOW what it has, then DENY what it lacks and a later entry grants
///     GROUP@, each named group (IDENTIFIER_GROUP): ALLOW what it has
///     the same again: DENY what it lacks and EVERYONE@ is granted
///     EVERYONE@: ALLOW what others have
///
/// r is READ_DATA and READ_NAMED_ATTRS; w is WRITE_DATA, APPEND_DATA and WRITE_NAMED_ATTRS, and of
/// a folder DELETE_CHILD; x is EXECUTE. Each ALLOW has READ_ATTRIBUTES, READ_ACL and SYNCHRONIZE,
/// and that of OWNER@ has WRITE_ATTRIBUTES and WRITE_ACL: nobody can be denied these. A folder's
/// default ACL follows in the same form, with FILE_INHERIT, DIRECTORY_INHERIT and INHERIT_ONLY.
///
/// From the client, an ACL may have fewer rights here than it says, never more: a user who has an
/// entry gets nothing from GROUP@ or EVERYONE@. OWNER@ and GROUP@ without an entry, and users and
/// groups that are only denied something, get what EVERYONE@ gets, less what they are denied.
/// Refused with op_unsupported: AUDIT and ALARM; inheritance other than by files and folders for
/// good; half of what w is; a DENY of what cannot be denied; a DENY that a POSIX ACL does not keep,
/// as it looks at users before groups and at all groups together.
#pragma once
#include "fs/posix_names.hpp"

#include <nacre/base/result.hpp>
#include <nacre/sftp/acl.hpp>

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace nacre::fs {

struct PosixEntry {
    enum class Kind : std::uint8_t { owner, user, group_owner, group, others };

    Kind kind;
    std::uint32_t id;      ///< of user and group
    std::uint32_t rights;  ///< 4 r, 2 w, 1 x
    friend bool operator==(const PosixEntry&, const PosixEntry&) = default;
};
/// In the order of Kind, then of id; the mask is applied.
using PosixAcl = std::vector<PosixEntry>;

struct FileAcl {
    PosixAcl access;
    std::optional<PosixAcl> inherited;  ///< of a folder: the default ACL
};

sftp::Acl to_protocol(const FileAcl& acl, bool folder, const Names& names);
/// Errors: op_unsupported; invalid_parameter for inheritance by a file; owner_invalid and
/// group_invalid for who is not there. May block.
Result<FileAcl> from_protocol(const sftp::Acl& acl, bool folder, PosixNames& names);

/// Of an object that may be O_PATH, but is no link. Without ACLs on its file system: its mode.
Result<FileAcl> read_acl(int fd, mode_t mode);
/// Replaces both; a folder without `inherited` has no default ACL then.
Result<void> write_acl(int fd, bool folder, const FileAcl& acl);

}  // namespace nacre::fs
