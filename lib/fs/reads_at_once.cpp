#include "fs/owned_fd.hpp"
#include "fs/storage.hpp"

#include <nacre/fs/key_files.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>

namespace nacre {

namespace {

constexpr std::size_t kMost = 64 * 1024;
constexpr std::size_t kPage = 4096;

/// Whether a byte of each page can be read out of the page cache.
bool cached(int fd, std::size_t size) noexcept {
    for (std::size_t at = 0; at < size; at += kPage) {
        std::array<char, 1> byte;
        const iovec to{byte.data(), byte.size()};
        if (::preadv2(fd, &to, 1, static_cast<off_t>(at), RWF_NOWAIT) != 1) return false;
    }
    return true;
}

}  // namespace

bool reads_at_once(const std::string& path) noexcept {
    open_how how{};
    how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    how.resolve = RESOLVE_CACHED;
    const detail::OwnedFd file(
        static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
    if (!file) return false;
    const fs::Residence where = fs::residence_of(file.get());
    if (where == fs::Residence::remote) return false;
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
    const auto size = static_cast<std::size_t>(status.st_size);
    return size <= kMost && (where == fs::Residence::memory || cached(file.get(), size));
}

}  // namespace nacre
