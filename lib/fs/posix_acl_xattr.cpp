// The extended attributes that hold POSIX ACLs: the kernel's format (linux/posix_acl_xattr.h),
// little endian, entries in the order of their tags.
#include "fs/posix_acl.hpp"
#include "fs/proc_name.hpp"

#include <nacre/sftp/status.hpp>

#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <tuple>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::Status;
using Kind = PosixEntry::Kind;

constexpr char kAccess[] = "system.posix_acl_access";
constexpr char kDefault[] = "system.posix_acl_default";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeader = 4;
constexpr std::size_t kEntry = 8;
constexpr std::size_t kMaxBytes = kHeader + kEntry * sftp::Acl::kMaxEntries;
constexpr std::uint32_t kNoId = 0xffff'ffff;

enum Tag : std::uint32_t {
    user_obj = 0x01,
    user = 0x02,
    group_obj = 0x04,
    group = 0x08,
    mask = 0x10,
    other = 0x20,
};

std::uint32_t get(ByteView bytes, std::size_t at, std::size_t size) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
    return value;
}

void put(Bytes& bytes, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i, value >>= 8)
        bytes.push_back(static_cast<std::uint8_t>(value));
}

/// Whether a call failed because there is nothing like that here. Without /proc there is no way.
bool lacks_acls(int error) noexcept {
    return error == EOPNOTSUPP || error == ENOENT;
}

Result<void> refusal(int error) noexcept {
    return lacks_acls(error) ? failure(Status::op_unsupported) : failure_from_errno(error);
}

/// Nothing: there is none.
Result<std::optional<PosixAcl>> read_one(int fd, const char* name) {
    std::array<std::uint8_t, kMaxBytes> bytes;
    const ssize_t size = ::getxattr(ProcName(fd).c_str(), name, bytes.data(), bytes.size());
    if (size < 0) {
        if (errno == ENODATA) return std::optional<PosixAcl>();
        return refusal(errno).error();
    }
    auto acl = parse_acl({bytes.data(), static_cast<std::size_t>(size)});
    if (!acl) return failure(Status::failure, "Access control list not understood");
    return acl;
}

Result<void> write_one(int fd, const char* name, const PosixAcl& acl) {
    const Bytes bytes = format_acl(acl);
    if (::setxattr(ProcName(fd).c_str(), name, bytes.data(), bytes.size(), 0) != 0)
        return refusal(errno);
    return {};
}

}  // namespace

std::optional<PosixAcl> parse_acl(ByteView bytes) {
    if (bytes.size() < kHeader || (bytes.size() - kHeader) % kEntry != 0 ||
        get(bytes, 0, 4) != kVersion)
        return std::nullopt;
    PosixAcl acl;
    std::optional<std::uint32_t> limit;
    for (std::size_t at = kHeader; at < bytes.size(); at += kEntry) {
        const std::uint32_t tag = get(bytes, at, 2);
        const std::uint32_t rights = get(bytes, at + 2, 2);
        const std::uint32_t id = get(bytes, at + 4, 4);
        if (rights > 7) return std::nullopt;
        // An id that this user namespace does not have.
        if (id == kNoId && (tag == Tag::user || tag == Tag::group)) return std::nullopt;
        switch (tag) {
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
                if (limit) return std::nullopt;
                limit = rights;
                break;
            case Tag::other:
                acl.push_back({Kind::others, 0, rights});
                break;
            default:
                return std::nullopt;
        }
    }
    std::sort(acl.begin(), acl.end(), [](const auto& a, const auto& b) {
        return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
    });
    const auto same = [](const auto& a, const auto& b) { return a.kind == b.kind && a.id == b.id; };
    if (std::adjacent_find(acl.begin(), acl.end(), same) != acl.end()) return std::nullopt;
    const auto has = [&acl](auto... kinds) {
        return std::any_of(acl.begin(), acl.end(),
                           [&](const auto& entry) { return ((entry.kind == kinds) || ...); });
    };
    if (!has(Kind::owner) || !has(Kind::group_owner) || !has(Kind::others) ||
        (!limit && has(Kind::user, Kind::group)))
        return std::nullopt;
    for (auto& entry : acl)
        if (entry.kind != Kind::owner && entry.kind != Kind::others)
            entry.rights &= limit.value_or(7);
    return acl;
}

Bytes format_acl(const PosixAcl& acl) {
    Bytes bytes;
    put(bytes, kVersion, 4);
    const auto add = [&bytes](Tag tag, std::uint32_t rights, std::uint32_t id) {
        put(bytes, tag, 2);
        put(bytes, rights, 2);
        put(bytes, id, 4);
    };
    constexpr std::size_t kUnnamed = 3;  // owner, group and others, which need no mask
    const std::uint32_t limit = mode_of(acl) >> 3 & 7;
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
                if (acl.size() > kUnnamed) add(Tag::mask, limit, kNoId);
                add(Tag::other, entry.rights, kNoId);
                break;
        }
    }
    return bytes;
}

bool has_acls(int fd) noexcept {
    return ::getxattr(ProcName(fd).c_str(), kAccess, nullptr, 0) >= 0 || !lacks_acls(errno);
}

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
    // First what inherits: if the second fails, nobody has got more of what there is.
    if (folder && acl.inherited) {
        NACRE_CHECK(write_one(fd, kDefault, *acl.inherited));
    } else if (folder && ::removexattr(ProcName(fd).c_str(), kDefault) != 0 && errno != ENODATA) {
        return refusal(errno);
    }
    return write_one(fd, kAccess, acl.access);
}

}  // namespace nacre::fs
