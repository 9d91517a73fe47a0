#include "fs/rename_new.hpp"

#include "fs/owned_fd.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace nacre::fs {
namespace {

constexpr mode_t kPlaceholderMode = 0700;

int make_placeholder(int folder, const char* name, bool directory) noexcept {
    if (directory) return ::mkdirat(folder, name, kPlaceholderMode);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const nacre::detail::OwnedFd file(::openat(folder, name, kFlags, kPlaceholderMode));
    return file ? 0 : -1;
}

}  // namespace

int rename_new_plainly(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    struct stat status {};
    if (::fstatat(from_folder, from, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    const bool directory = S_ISDIR(status.st_mode);
    if (!directory) {
        if (::linkat(from_folder, from, to_folder, to, 0) == 0) {
            if (::unlinkat(from_folder, from, 0) == 0) return 0;
            const int error = errno;
            ::unlinkat(to_folder, to, 0);
            return error;
        }
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
            return errno;
    }
    if (make_placeholder(to_folder, to, directory) != 0) return errno;
    if (::renameat(from_folder, from, to_folder, to) == 0) return 0;
    const int error = errno;
    ::unlinkat(to_folder, to, directory ? AT_REMOVEDIR : 0);
    return error;
}

int rename_new(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    if (::renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0) return 0;
    // EINVAL also stands for a directory moved into itself, which fails again there.
    if (errno != EINVAL && errno != ENOSYS) return errno;
    return rename_new_plainly(from_folder, from, to_folder, to);
}

}  // namespace nacre::fs
