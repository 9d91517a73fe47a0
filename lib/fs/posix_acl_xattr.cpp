// The extended attributes that hold POSIX ACLs: the kernel's format (linux/posix_acl_xattr.h),
// little endian, entries in the order of their tags.
#include "fs/posix_acl.hpp"
#include "fs/proc_name.hpp"

#include <nacre/sftp/status.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::Status;
using Kind = PosixEntry::Kind;
using Bytes = std::vector<std::uint8_t>;

constexpr char kAccess[] = "system.posix_acl_access";
constexpr char kDefault[] = "system.posix_acl_default";
constexpr std::size_t kMaxBytes = 65536;  // XATTR_SIZE_MAX
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeader = 4;
constexpr std::size_t kEntry = 8;
constexpr std::uint32_t kNoId = 0xffff'ffff;

enum Tag : std::uint32_t {
    user_obj = 0x01,
    user = 0x02,
    group_obj = 0x04,
    group = 0x08,
    mask = 0x10,
    other = 0x20,
};

std::uint32_t get(const Bytes& bytes, std::size_t at, std::size_t size) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
    return value;
}

void put(Bytes& bytes, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i, value >>= 8)
        bytes.push_back(static_cast<std::uint8_t>(value));
}

std::optional<PosixAcl> parse(const Bytes& bytes) {
    if (bytes.size() < kHeader || (bytes.size() - kHeader) % kEntry != 0 ||
        get(bytes, 0, 4) != kVersion)
        return std::nullopt;
    PosixAcl acl;
    std::uint32_t limit = 7;
    for (std::size_t at = kHeader; at < bytes.size(); at += kEntry) {
        const std::uint32_t rights = get(bytes, at + 2, 2) & 7;
        const std::uint32_t id = get(bytes, at + 4, 4);
        switch (get(bytes, at, 2)) {
            case Tag::user_obj:
                acl.push_back({Kind::owner, 0, rights});
                break;
            case Tag::user:
                acl.push_back({Kind::user, id, rights});
                break;
            case Tag::group_obj:
                acl.push_back({Kind::group_owner, 0, rights});
                break;
            case Tag::group:
                acl.push_back({Kind::group, id, rights});
                break;
            case Tag::mask:
                limit = rights;
                break;
            case Tag::other:
                acl.push_back({Kind::others, 0, rights});
                break;
            default:
                return std::nullopt;
        }
    }
    if (acl.empty() || acl.back().kind != Kind::others) return std::nullopt;
    for (auto& entry : acl)
        if (entry.kind != Kind::owner && entry.kind != Kind::others) entry.rights &= limit;
    return acl;
}

Bytes format(const PosixAcl& acl) {
    Bytes bytes;
    put(bytes, kVersion, 4);
    const auto add = [&bytes](Tag tag, std::uint32_t rights, std::uint32_t id) {
        put(bytes, tag, 2);
        put(bytes, rights, 2);
        put(bytes, id, 4);
    };
    std::uint32_t limit = 0;
    bool named = false;
    for (const auto& entry : acl) {
        named = named || entry.kind == Kind::user || entry.kind == Kind::group;
        if (entry.kind != Kind::owner && entry.kind != Kind::others) limit |= entry.rights;
    }
    for (const auto& entry : acl) {
        switch (entry.kind) {
            case Kind::owner:
                add(Tag::user_obj, entry.rights, kNoId);
                break;
            case Kind::user:
                add(Tag::user, entry.rights, entry.id);
                break;
            case Kind::group_owner:
                add(Tag::group_obj, entry.rights, kNoId);
                break;
            case Kind::group:
                add(Tag::group, entry.rights, entry.id);
                break;
            case Kind::others:
                if (named) add(Tag::mask, limit, kNoId);
                add(Tag::other, entry.rights, kNoId);
                break;
        }
    }
    return bytes;
}

/// Nothing: there is none.
Result<std::optional<PosixAcl>> read_one(int fd, const char* name) {
    Bytes bytes(kMaxBytes);
    const ssize_t size = ::getxattr(ProcName(fd).c_str(), name, bytes.data(), bytes.size());
    if (size < 0) {
        if (errno == ENODATA || errno == EOPNOTSUPP) return std::optional<PosixAcl>();
        return failure_from_errno(errno);
    }
    bytes.resize(static_cast<std::size_t>(size));
    auto acl = parse(bytes);
    if (!acl) return failure(Status::failure, "Access control list not understood");
    return acl;
}

}  // namespace

Result<FileAcl> read_acl(int fd, mode_t mode) {
    FileAcl acl;
    NACRE_TRY(auto access, read_one(fd, kAccess));
    acl.access = access ? std::move(*access)
                        : PosixAcl{{Kind::owner, 0, mode >> 6 & 7},
                                   {Kind::group_owner, 0, mode >> 3 & 7},
                                   {Kind::others, 0, mode & 7}};
    if (S_ISDIR(mode)) {
        NACRE_TRY(acl.inherited, read_one(fd, kDefault));
    }
    return acl;
}

Result<void> write_acl(int fd, bool folder, const FileAcl& acl) {
    const ProcName path(fd);
    // First what inherits: if the second fails, nobody has got more.
    if (folder && acl.inherited) {
        const Bytes bytes = format(*acl.inherited);
        if (::setxattr(path.c_str(), kDefault, bytes.data(), bytes.size(), 0) != 0)
            return failure_from_errno(errno);
    } else if (folder && ::removexattr(path.c_str(), kDefault) != 0 && errno != ENODATA) {
        return failure_from_errno(errno);
    }
    const Bytes bytes = format(acl.access);
    if (::setxattr(path.c_str(), kAccess, bytes.data(), bytes.size(), 0) != 0)
        return failure_from_errno(errno);
    return {};
}

}  // namespace nacre::fs
