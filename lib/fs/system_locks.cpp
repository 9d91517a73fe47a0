#include "fs/system_locks.hpp"

#include "fs/file_io.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace nacre::fs {
namespace {

int set_lock(int fd, short type, std::uint64_t offset, std::uint64_t length) noexcept {
    // What begins behind the last offset has no byte that anybody could touch.
    if (offset > kMaxOffset) return 0;
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(offset);
    // 0 is "to the end" here too.
    lock.l_len = length > kMaxOffset - offset ? 0 : static_cast<off_t>(length);
    int result = 0;
    do {
        result = ::fcntl(fd, F_OFD_SETLK, &lock);
    } while (result != 0 && errno == EINTR);
    const int error = result == 0 ? 0 : errno;
    switch (error) {
        case EACCES:
            return EAGAIN;
        case EBADF:
        case EINVAL:
        case ENOLCK:
        case ENOSYS:
        case EOPNOTSUPP:
            return 0;
        default:
            return error;
    }
}

}  // namespace

int lock_for_others(int fd, std::uint64_t offset, std::uint64_t length, sftp::BlockMask mask,
                    const sftp::OpenFlags& flags) noexcept {
    // One lock stands for both: setting it replaces that of the open.
    mask |= flags.block;
    // The system has no locks of names.
    if ((mask & (sftp::kBlockRead | sftp::kBlockWrite)) == 0) return 0;
    const bool writable = flags.write || flags.append;
    const bool alone = !flags.read || (writable && (mask & sftp::kBlockRead) != 0);
    return set_lock(fd, alone ? F_WRLCK : F_RDLCK, offset, length);
}

int unlock_for_others(int fd, std::uint64_t offset, std::uint64_t length,
                      const sftp::OpenFlags& flags) noexcept {
    if ((flags.block & (sftp::kBlockRead | sftp::kBlockWrite)) == 0)
        return set_lock(fd, F_UNLCK, offset, length);
    return lock_for_others(fd, offset, length, flags.block, flags);
}

}  // namespace nacre::fs
