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
/// From the client: the first entry that matches decides, as the draft has it, and what is not
/// allowed is denied. The POSIX ACL may give fewer rights than that, never more: each of its
/// entries gets what whoever falls under it is certainly allowed. Who only may be meant, as the
/// owner and the members of a group by an entry for another group, is taken to be meant by a DENY
/// and not by an ALLOW. Named attributes, which no request reaches, come with r and w; to be denied
/// them is to be denied these. Setting what was read changes nobody's rights.
///
/// Refused with op_unsupported is what cannot be kept: AUDIT and ALARM; special names other than
/// the three; inheritance other than by files and folders for good; half of what w is, and no
/// DENY of the rest; a DENY of what cannot be denied; an ALLOW lost to the DENY of somebody who
/// only may be the same; a list without an entry for the object itself; control flags other than
/// none and INCLUDED with PRESENT.
#pragma once
#include "fs/posix_names.hpp"

#include <nacre/base/bytes.hpp>
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
    std::uint32_t id;      ///< of user and group; else 0
    std::uint32_t rights;  ///< 4 r, 2 w, 1 x
    friend bool operator==(const PosixEntry&, const PosixEntry&) = default;
};
/// In the order of Kind, then of id, each once; the mask is applied.
using PosixAcl = std::vector<PosixEntry>;

struct FileAcl {
    PosixAcl access;
    std::optional<PosixAcl> inherited;  ///< of a folder: the default ACL
};

/// What an ACL is for.
struct AclTarget {
    bool folder;
    std::uint32_t owner;  ///< uid; that of what inherits is not known
};

sftp::Acl to_protocol(const FileAcl& acl, bool folder, const Names& names);
/// Errors: op_unsupported; invalid_parameter for inheritance by a file; owner_invalid and
/// group_invalid for who is not there. May block.
Result<FileAcl> from_protocol(const sftp::Acl& acl, const AclTarget& target, PosixNames& names);

/// Takes from everyone the rights that a file of mode `allowed` would not give them.
void limit_acl(FileAcl& acl, mode_t allowed) noexcept;
/// The nine bits that a file with this ACL has as its mode.
mode_t mode_of(const PosixAcl& acl) noexcept;

/// posix_acl_xattr.cpp. `fd` may be O_PATH, but is no symbolic link.
/// Whether the file system has ACLs.
bool has_acls(int fd) noexcept;
/// Errors: op_unsupported: there are none here; failure: more than sftp::Acl::kMaxEntries, or not
/// as the kernel writes them.
Result<FileAcl> read_acl(int fd, mode_t mode);
/// Replaces both; a folder without `inherited` has no default ACL then.
Result<void> write_acl(int fd, bool folder, const FileAcl& acl);

/// The bytes of the extended attribute (linux/posix_acl_xattr.h). Nothing: it is none.
std::optional<PosixAcl> parse_acl(ByteView bytes);
Bytes format_acl(const PosixAcl& acl);

}  // namespace nacre::fs
