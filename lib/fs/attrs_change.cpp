#include "fs/attrs_change.hpp"

#include "fs/proc_name.hpp"

#include <nacre/sftp/status.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::FileTime;
using sftp::Status;

constexpr mode_t kPermissions = 07777;
constexpr std::uint32_t kNanoseconds = 1'000'000'000;
constexpr auto kMaxSize = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

timespec timespec_of(const std::optional<FileTime>& time) noexcept {
    if (!time) return {0, UTIME_OMIT};
    return {time->seconds, static_cast<long>(time->nanoseconds)};
}

int set_mode(int fd, Descriptor kind, mode_t mode) noexcept {
    if (kind == Descriptor::open) return ::fchmod(fd, mode);
    // fchmod() of O_PATH is EBADF.
    const int result = ::chmod(ProcName(fd).c_str(), mode);
    if (result != 0 && errno == ENOENT) errno = EOPNOTSUPP;  // no /proc
    return result;
}

int set_times(int fd, Descriptor kind, const Change& change) noexcept {
    const timespec times[2] = {timespec_of(change.atime), timespec_of(change.mtime)};
    if (kind == Descriptor::open) return ::futimens(fd, times);
    const int result = ::utimensat(fd, "", times, AT_EMPTY_PATH);
    // Before Linux 5.8.
    if (result != 0 && errno == EINVAL && kind == Descriptor::path)
        return ::utimensat(AT_FDCWD, ProcName(fd).c_str(), times, 0);
    return result;
}

/// s7.4: the size becomes the smaller of what it was and the allocation.
int set_allocation(int fd, std::uint64_t bytes) noexcept {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return -1;
    if (bytes < static_cast<std::uint64_t>(status.st_size))
        return ::ftruncate(fd, static_cast<off_t>(bytes));
    errno = reserve_space(fd, bytes);
    return errno == 0 ? 0 : -1;
}

Result<void> plan_owner(const sftp::Attrs& attrs, PosixNames& names, Change& change) {
    if (attrs.uid && attrs.gid) {
        change.uid = *attrs.uid;
        change.gid = *attrs.gid;
        return {};
    }
    if (attrs.owner && !attrs.owner->empty()) {
        const auto uid = names.find_uid(*attrs.owner);
        if (!uid) return failure(Status::owner_invalid);
        change.uid = *uid;
    }
    if (attrs.group && !attrs.group->empty()) {
        const auto gid = names.find_gid(*attrs.group);
        if (!gid) return failure(Status::group_invalid);
        change.gid = *gid;
    }
    return {};
}

/// After the owner and the mode.
Result<void> plan_acl(int fd, const sftp::Acl& asked, Descriptor kind, std::uint32_t mode_mask,
                      PosixNames& names, Change& change) {
    if (kind == Descriptor::path_link)
        return failure(Status::op_unsupported, "Links have no permissions");
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failure_from_errno(errno);
    if (!has_acls(fd)) return failure(Status::op_unsupported);
    change.folder = S_ISDIR(status.st_mode);
    const auto owner = change.uid == Change::kSame ? status.st_uid : change.uid;
    NACRE_TRY(change.acl, from_protocol(asked, {change.folder, owner}, names));
    limit_acl(*change.acl, mode_mask);
    constexpr mode_t kNine = 0777;
    if (change.mode) change.mode = (*change.mode & ~kNine) | mode_of(change.acl->access);
    return {};
}

bool asks_the_impossible(const sftp::Attrs& attrs) noexcept {
    if (attrs.createtime || attrs.ctime || attrs.link_count || attrs.text_hint) return true;
    if (attrs.bits && attrs.bits->valid != 0) return true;
    return attrs.extra && (attrs.extra->mime_type || attrs.extra->untranslated_name);
}

}  // namespace

bool needs_names(const sftp::Attrs& attrs) noexcept {
    return (!(attrs.uid && attrs.gid) && (attrs.owner || attrs.group)) || has_acl(attrs);
}

bool has_acl(const sftp::Attrs& attrs) noexcept {
    return attrs.extra && attrs.extra->acl;
}

Result<Change> plan_change(int fd, const sftp::Attrs& attrs, Descriptor kind,
                           std::uint32_t mode_mask, PosixNames& names) {
    if (asks_the_impossible(attrs)) return failure(Status::op_unsupported);
    Change change;
    if (attrs.size || attrs.allocation_size) {
        if (kind != Descriptor::open) return failure(Status::invalid_parameter);
        if (attrs.size.value_or(0) > kMaxSize || attrs.allocation_size.value_or(0) > kMaxSize)
            return failure(Status::invalid_parameter, "Size too large");
        if (attrs.size && attrs.allocation_size && *attrs.allocation_size < *attrs.size)
            return failure(Status::invalid_parameter, "Allocation below the size");
        change.size = attrs.size;
        change.allocation = attrs.allocation_size;
    }
    if (attrs.permissions) {
        if (kind == Descriptor::path_link)
            return failure(Status::op_unsupported, "Links have no permissions");
        change.mode = static_cast<mode_t>(*attrs.permissions & mode_mask & kPermissions);
    }
    // Above it there are UTIME_NOW and UTIME_OMIT.
    for (const auto& time : {attrs.atime, attrs.mtime})
        if (time && time->nanoseconds >= kNanoseconds) return failure(Status::invalid_parameter);
    change.atime = attrs.atime;
    change.mtime = attrs.mtime;
    NACRE_CHECK(plan_owner(attrs, names, change));
    if (has_acl(attrs))
        NACRE_CHECK(plan_acl(fd, *attrs.extra->acl, kind, mode_mask, names, change));
    return change;
}

Result<void> apply_change(int fd, Descriptor kind, const Change& change) {
    const bool owned = (change.uid == Change::kSame && change.gid == Change::kSame) ||
                       ::fchownat(fd, "", change.uid, change.gid, AT_EMPTY_PATH) == 0;
    if (!owned) return failure_from_errno(errno);
    if (change.acl) NACRE_CHECK(write_acl(fd, change.folder, *change.acl));
    const bool done = (!change.mode || set_mode(fd, kind, *change.mode) == 0) &&
                      (!change.size || ::ftruncate(fd, static_cast<off_t>(*change.size)) == 0) &&
                      (!change.allocation || set_allocation(fd, *change.allocation) == 0) &&
                      (!(change.atime || change.mtime) || set_times(fd, kind, change) == 0);
    if (!done) return failure_from_errno(errno);
    return {};
}

Result<void> apply_with_quota(int fd, Descriptor kind, const Change& change,
                              const QuotaShare& quota) {
    if (!change.size && !change.allocation) return apply_change(fd, kind, change);
    if (change.allocation) NACRE_CHECK(quota.has_room(*change.allocation));
    if (change.size) NACRE_CHECK(quota.grow(*change.size));
    Change counted = change;
    // What is reserved and not written would not count: with a quota it stays a hint.
    if (quota) counted.allocation.reset();
    auto result = apply_change(fd, kind, counted);
    if (!quota.settle_as(fd) && result && change.size) quota.settle(*change.size);
    return result;
}

int reserve_space(int fd, std::uint64_t bytes) noexcept {
    if (bytes == 0) return 0;
    int result = -1;
    do {
        result = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS) return 0;
    return errno;
}

}  // namespace nacre::fs
