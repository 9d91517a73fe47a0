#include "fs/attrs_posix.hpp"

#include "fs/posix_acl.hpp"

#include <nacre/sftp/status.hpp>

#include <fcntl.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <utility>

namespace nacre::fs {
namespace {

using sftp::failure_from_errno;
using sftp::FileTime;
using sftp::FileType;

constexpr mode_t kPermissions = 07777;
constexpr std::uint64_t kBlockOfStat = 512;  // of st_blocks, whatever the file system's is

FileTime time_of(const timespec& time) noexcept {
    return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

/// What statx(2) calls the bits that have a name in the protocol too.
constexpr std::pair<std::uint64_t, std::uint32_t> kBits[] = {
    {STATX_ATTR_APPEND, sftp::kBitAppendOnly},
    {STATX_ATTR_IMMUTABLE, sftp::kBitImmutable},
    {STATX_ATTR_COMPRESSED, sftp::kBitCompressed},
    {STATX_ATTR_ENCRYPTED, sftp::kBitEncrypted},
};

std::uint32_t bits_of(std::uint64_t attributes) noexcept {
    std::uint32_t bits = 0;
    for (const auto& [theirs, ours] : kBits)
        if ((attributes & theirs) != 0) bits |= ours;
    return bits;
}

}  // namespace

FileType file_type_of(mode_t mode) noexcept {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return FileType::regular;
        case S_IFDIR:
            return FileType::directory;
        case S_IFLNK:
            return FileType::symlink;
        case S_IFSOCK:
            return FileType::socket;
        case S_IFCHR:
            return FileType::char_device;
        case S_IFBLK:
            return FileType::block_device;
        case S_IFIFO:
            return FileType::fifo;
        default:
            return FileType::unknown;
    }
}

sftp::Attrs attrs_of(const struct stat& status, const Names& names) {
    sftp::Attrs attrs;
    attrs.type = file_type_of(status.st_mode);
    attrs.size = static_cast<std::uint64_t>(status.st_size);
    attrs.uid = status.st_uid;
    attrs.gid = status.st_gid;
    attrs.owner = names.user(status.st_uid);
    attrs.group = names.group(status.st_gid);
    attrs.permissions = status.st_mode & kPermissions;
    attrs.atime = time_of(status.st_atim);
    attrs.mtime = time_of(status.st_mtim);
    attrs.ctime = time_of(status.st_ctim);
    attrs.link_count = static_cast<std::uint32_t>(status.st_nlink);
    return attrs;
}

void add_attrs(int fd, const struct stat& status, sftp::AttrMask wanted, sftp::Attrs& attrs) {
    if ((wanted & sftp::kAttrAllocationSize) != 0)
        attrs.allocation_size = static_cast<std::uint64_t>(status.st_blocks) * kBlockOfStat;
    if ((wanted & (sftp::kAttrCreateTime | sftp::kAttrBits)) == 0) return;
    struct statx more {};
    constexpr int kHow = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
    if (::statx(fd, "", kHow, STATX_BTIME, &more) != 0) return;
    if ((more.stx_mask & STATX_BTIME) != 0)
        attrs.createtime = FileTime{more.stx_btime.tv_sec, more.stx_btime.tv_nsec};
    if ((wanted & sftp::kAttrBits) != 0)
        attrs.bits =
            sftp::AttribBits{bits_of(more.stx_attributes), bits_of(more.stx_attributes_mask)};
}

Result<sftp::Attrs> attrs_of_fd(int fd, sftp::AttrMask wanted, const Names& names) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failure_from_errno(errno);
    auto attrs = attrs_of(status, names);
    add_attrs(fd, status, wanted, attrs);
    if ((wanted & sftp::kAttrAcl) != 0 && !S_ISLNK(status.st_mode)) {
        const auto found = read_acl(fd, status.st_mode);
        auto acl = found ? to_protocol(*found, S_ISDIR(status.st_mode), names) : sftp::Acl();
        if (!acl.entries.empty() && acl.entries.size() <= sftp::Acl::kMaxEntries)
            attrs.extra.make().acl = std::move(acl);
    }
    return attrs;
}

Result<sftp::FilesystemStats> filesystem_stats(int fd) {
    struct statvfs found {};
    if (::fstatvfs(fd, &found) != 0) return failure_from_errno(errno);
    sftp::FilesystemStats stats;
    stats.block_size = found.f_bsize;
    stats.fragment_size = found.f_frsize;
    stats.blocks = found.f_blocks;
    stats.blocks_free = found.f_bfree;
    stats.blocks_available = found.f_bavail;
    stats.files = found.f_files;
    stats.files_free = found.f_ffree;
    stats.files_available = found.f_favail;
    stats.id = found.f_fsid;
    stats.read_only = (found.f_flag & ST_RDONLY) != 0;
    stats.no_setuid = (found.f_flag & ST_NOSUID) != 0;
    stats.max_name = found.f_namemax;
    return stats;
}

}  // namespace nacre::fs
