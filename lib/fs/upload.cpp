#include "fs/upload.hpp"

#include "fs/proc_name.hpp"
#include "fs/random_name.hpp"
#include "fs/rename_new.hpp"

#include <nacre/sftp/status.hpp>

#include <climits>

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure_from_errno;

constexpr char kAccessAcl[] = "system.posix_acl_access";
constexpr std::size_t kMaxAcl = 65536;  // XATTR_SIZE_MAX
constexpr std::size_t kDigits = 16;
constexpr std::size_t kPartialDigits = 8;
constexpr int kMaxTries = 8;

bool without_tmpfile(int error) noexcept {
    return error == EOPNOTSUPP || error == EISDIR || error == EINVAL || error == ENOSYS;
}

/// The name of a file that has none. 0, or errno.
int give_name(int file, int folder, const char* name) noexcept {
    if (::linkat(AT_FDCWD, ProcName(file).c_str(), folder, name, AT_SYMLINK_FOLLOW) == 0) return 0;
    if (errno != ENOENT) return errno;
    // Without /proc; this needs rights that few have.
    return ::linkat(file, "", folder, name, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

}  // namespace

Result<Upload> Upload::make(Jail::Place place, Target target, int flags, mode_t mode, bool named) {
    Upload upload(std::move(place), target);
    if (!named)
        upload.file_ = OwnedFd(::openat(upload.folder(), ".", O_TMPFILE | O_CLOEXEC | flags, mode));
    if (!upload.file_) {
        if (!named && !without_tmpfile(errno)) return failure_from_errno(errno);
        std::string name(kUnfinishedPrefix);
        name += random_digits(kDigits);
        upload.file_ = OwnedFd(::openat(upload.folder(), name.c_str(),
                                        O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | flags, mode));
        if (!upload.file_) return failure_from_errno(errno);
        upload.temporary_ = std::move(name);
    }
    // Where it cannot be locked, age alone protects it.
    static_cast<void>(::flock(upload.file_.get(), LOCK_EX | LOCK_NB));
    return upload;
}

Upload::~Upload() {
    if (place_.folder && !temporary_.empty()) ::unlinkat(folder(), temporary_.c_str(), 0);
}

int Upload::sync_folder() const noexcept {
    const OwnedFd open(::openat(folder(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return open && ::fsync(open.get()) == 0 ? 0 : errno;
}

/// Under a name that must be free.
int Upload::name_it(int file, const std::string& name) noexcept {
    if (temporary_.empty()) return give_name(file, folder(), name.c_str());
    const int error = rename_new(folder(), temporary_.c_str(), folder(), name.c_str());
    if (error == 0) temporary_.clear();
    return error;
}

/// linkat(2) replaces nothing: what has no name gets a temporary one.
int Upload::replace(int file) {
    if (temporary_.empty()) {
        std::string name(kUnfinishedPrefix);
        name += random_digits(kDigits);
        if (const int error = give_name(file, folder(), name.c_str()); error != 0) return error;
        temporary_ = std::move(name);
    }
    if (::renameat(folder(), temporary_.c_str(), folder(), place_.name.c_str()) != 0) return errno;
    temporary_.clear();
    return 0;
}

Result<void> Upload::publish(int file, bool sync) {
    if (sync && ::fsync(file) != 0) return failure_from_errno(errno);
    const int error = target_ == Target::is_new ? name_it(file, place_.name) : replace(file);
    if (error != 0) return failure_from_errno(error);
    if (sync) {
        if (const int late = sync_folder(); late != 0) return failure_from_errno(late);
    }
    return {};
}

Result<void> Upload::keep(int file) {
    const std::size_t room = NAME_MAX - kPartialInfix.size() - kPartialDigits;
    for (int i = 0; i < kMaxTries; ++i) {
        std::string name = place_.name.substr(0, room);
        name.append(kPartialInfix).append(random_digits(kPartialDigits));
        const int error = name_it(file, name);
        if (error == 0) return {};
        if (error != EEXIST) return failure_from_errno(error);
    }
    return failure_from_errno(EEXIST);
}

int take_over(int new_file, int old_file, const struct stat& old_status) noexcept {
    struct stat status {};
    if (::fstat(new_file, &status) != 0) return errno;
    const bool same = status.st_uid == old_status.st_uid && status.st_gid == old_status.st_gid;
    if (!same && ::fchown(new_file, old_status.st_uid, old_status.st_gid) != 0) return errno;
    if (::fchmod(new_file, old_status.st_mode & 07777) != 0) return errno;
    std::array<char, kMaxAcl> acl;
    const ssize_t size = ::fgetxattr(old_file, kAccessAcl, acl.data(), acl.size());
    if (size > 0)
        return ::fsetxattr(new_file, kAccessAcl, acl.data(), static_cast<std::size_t>(size), 0) == 0
                   ? 0
                   : errno;
    if (errno != ENODATA && errno != EOPNOTSUPP) return errno;
    // The folder may have given it one.
    if (::fremovexattr(new_file, kAccessAcl) != 0 && errno != ENODATA && errno != EOPNOTSUPP)
        return errno;
    return 0;
}

bool is_left_over(int folder, const char* name, const struct stat& status,
                  const timespec& started) noexcept {
    if (!std::string_view(name).starts_with(kUnfinishedPrefix) || !S_ISREG(status.st_mode) ||
        status.st_uid != ::geteuid())
        return false;
    const auto& changed = status.st_ctim;
    if (changed.tv_sec > started.tv_sec ||
        (changed.tv_sec == started.tv_sec && changed.tv_nsec >= started.tv_nsec))
        return false;
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const OwnedFd file(::openat(folder, name, kFlags));
    // Without the right to read it, it cannot be asked whether somebody uses it.
    if (!file) return false;
    return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

}  // namespace nacre::fs
