#include "fs/attrs_posix.hpp"

#include <nacre/sftp/status.hpp>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::FileTime;
using sftp::FileType;
using sftp::Status;

constexpr mode_t kPermissions = 07777;
constexpr std::uint32_t kNanoseconds = 1'000'000'000;

FileTime time_of(const timespec& time) noexcept {
    return {time.tv_sec, static_cast<std::uint32_t>(time.tv_nsec)};
}

timespec timespec_of(const std::optional<FileTime>& time) noexcept {
    if (!time) return {0, UTIME_OMIT};
    return {time->seconds, static_cast<long>(time->nanoseconds)};
}

/// The name under which /proc shows a descriptor of ours; chmod() and others follow it to the
/// object itself, whatever it is called now.
class ProcName {
  public:
    explicit ProcName(int fd) noexcept {
        std::snprintf(text_.data(), text_.size(), "/proc/self/fd/%d", fd);
    }
    const char* c_str() const noexcept { return text_.data(); }

  private:
    std::array<char, 32> text_;
};

Result<void> set_size(int fd, Descriptor kind, std::uint64_t size) noexcept {
    if (kind != Descriptor::open) return failure(Status::invalid_parameter);
    if (size > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
        return failure(Status::invalid_parameter, "Size too large");
    if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return failure_from_errno(errno);
    return {};
}

Result<void> set_mode(int fd, Descriptor kind, mode_t mode) noexcept {
    int result = 0;
    switch (kind) {
        case Descriptor::open:
            result = ::fchmod(fd, mode);
            break;
        case Descriptor::path:
            // fchmod() of O_PATH is EBADF.
            result = ::chmod(ProcName(fd).c_str(), mode);
            if (result != 0 && errno == ENOENT) errno = EOPNOTSUPP;  // no /proc
            break;
        case Descriptor::path_link:
            return failure(Status::op_unsupported, "Links have no permissions");
    }
    if (result != 0) return failure_from_errno(errno);
    return {};
}

Result<void> set_times(int fd, Descriptor kind, const sftp::Attrs& attrs) noexcept {
    // Above it there are UTIME_NOW and UTIME_OMIT.
    for (const auto& time : {attrs.atime, attrs.mtime})
        if (time && time->nanoseconds >= kNanoseconds) return failure(Status::invalid_parameter);
    const timespec times[2] = {timespec_of(attrs.atime), timespec_of(attrs.mtime)};
    int result = kind == Descriptor::open ? ::futimens(fd, times)
                                          : ::utimensat(fd, "", times, AT_EMPTY_PATH);
    // Before Linux 5.8.
    if (result != 0 && errno == EINVAL && kind == Descriptor::path)
        result = ::utimensat(AT_FDCWD, ProcName(fd).c_str(), times, 0);
    if (result != 0) return failure_from_errno(errno);
    return {};
}

Result<void> set_owner(int fd, std::uint32_t uid, std::uint32_t gid) noexcept {
    if (::fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0) return failure_from_errno(errno);
    return {};
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

sftp::Attrs attrs_of(const struct stat& status, PosixNames& names) {
    sftp::Attrs attrs;
    attrs.type = file_type_of(status.st_mode);
    attrs.size = static_cast<std::uint64_t>(status.st_size);
    attrs.uid = status.st_uid;
    attrs.gid = status.st_gid;
    attrs.owner = names.user(status.st_uid);
    attrs.group = names.group(status.st_gid);
    // Who has no name is shown by number, as by ls(1).
    if (attrs.owner->empty()) attrs.owner = std::to_string(status.st_uid);
    if (attrs.group->empty()) attrs.group = std::to_string(status.st_gid);
    attrs.permissions = status.st_mode & kPermissions;
    attrs.atime = time_of(status.st_atim);
    attrs.mtime = time_of(status.st_mtim);
    attrs.ctime = time_of(status.st_ctim);
    attrs.link_count = static_cast<std::uint32_t>(status.st_nlink);
    return attrs;
}

Result<void> set_attrs(int fd, Descriptor kind, const sftp::Attrs& attrs, std::uint32_t mode_mask) {
    std::optional<Error> first;
    const auto note = [&first](const Result<void>& result) {
        if (!result && !first) first = result.error();
    };
    if (attrs.size) note(set_size(fd, kind, *attrs.size));
    if (attrs.permissions)
        note(
            set_mode(fd, kind, static_cast<mode_t>(*attrs.permissions & mode_mask & kPermissions)));
    if (attrs.atime || attrs.mtime) note(set_times(fd, kind, attrs));
    if (attrs.uid && attrs.gid) {
        note(set_owner(fd, *attrs.uid, *attrs.gid));
    } else if (attrs.owner || attrs.group) {
        note(failure(Status::op_unsupported, "Owners are set by number"));
    }
    if (first) return *first;
    return {};
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
