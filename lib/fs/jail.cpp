#include "fs/jail.hpp"

#include "fs/jail_walk.hpp"

#include <nacre/sftp/status.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::Status;

/// A descriptor, or -errno.
int open_in_root(int root, const char* path, int flags, mode_t mode,
                 std::uint64_t resolve = 0) noexcept {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.mode = mode;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve;
    const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
    return fd < 0 ? -errno : static_cast<int>(fd);
}

/// Whether the kernel knows openat2, and no filter of system calls is in the way: older ones of
/// containers answer EPERM for what they do not know.
bool has_openat2(int root) noexcept {
    const int result = open_in_root(root, ".", O_PATH | O_CLOEXEC, 0);
    if (result == -ENOSYS || result == -EPERM) return false;
    const OwnedFd probe(result);
    return true;
}

/// Whether the kernel tells what it has in its caches. The root is there: it is open.
bool has_cached_lookup(int root) noexcept {
    const OwnedFd probe(open_in_root(root, ".", O_PATH | O_CLOEXEC, 0, RESOLVE_CACHED));
    return static_cast<bool>(probe);
}

Error path_error(int error) noexcept {
    switch (error) {
        case EAGAIN:
            return failure(Status::failure, "Path keeps changing");
        case ENXIO:
            // A FIFO without a reader, a socket, a device without a driver.
            return failure(Status::permission_denied, "Not a regular file");
        default:
            return sftp::failure_from_errno(error);
    }
}

template <class F>
int try_again(F&& f) noexcept {
    int result = -EAGAIN;
    for (int i = 0; i < Jail::kMaxTries && (result == -EAGAIN || result == -EINTR); ++i)
        result = f();
    return result;
}

}  // namespace

Result<Jail> Jail::make(const std::string& root, std::string_view home, bool force_walk) {
    OwnedFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return Error{Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno),
                     "the root of the file system cannot be opened"};
    Jail jail(std::move(fd), home.starts_with('/') ? std::string(home) : '/' + std::string(home));
    jail.device_ = status.st_dev;
    jail.inode_ = status.st_ino;
    jail.walks_ = force_walk || !has_openat2(jail.root());
    jail.asks_cache_ = !jail.walks_ && has_cached_lookup(jail.root());
    return jail;
}

Result<std::string> Jail::absolute(std::string_view path) const {
    if (path.size() > kMaxPath) return failure(Status::invalid_filename, "File name too long");
    if (path.find('\0') != std::string_view::npos) return failure(Status::invalid_filename);
    std::string full;
    if (path.starts_with('/')) {
        full = path;
    } else {
        full.reserve(home_.size() + 1 + path.size());
        full = home_;
        if (!path.empty()) full.append(1, '/').append(path);
    }
    if (!hidden_.empty() && full.find(hidden_) != std::string::npos)
        return sftp::failure_from_errno(ENOENT);
    return full;
}

Result<OwnedFd> Jail::open(std::string_view path, int flags, mode_t mode) const {
    NACRE_TRY(const std::string full, absolute(path));
    flags |= O_CLOEXEC;
    const int fd = try_again([&] {
        return walks_ ? JailWalk(root(), full).open(flags, mode)
                      : open_in_root(root(), full.c_str(), flags, mode);
    });
    if (fd < 0) return path_error(-fd);
    return OwnedFd(fd);
}

std::optional<Result<OwnedFd>> Jail::open_cached(std::string_view path, int flags) const {
    if (!asks_cache_) return std::nullopt;
    const auto full = absolute(path);
    if (!full) return Result<OwnedFd>(full.error());
    const int fd =
        open_in_root(root(), full->c_str(), flags | O_PATH | O_CLOEXEC, 0, RESOLVE_CACHED);
    if (fd == -EAGAIN) return std::nullopt;
    if (fd < 0) return Result<OwnedFd>(path_error(-fd));
    return Result<OwnedFd>(OwnedFd(fd));
}

Result<Jail::Place> Jail::place(std::string_view path) const {
    NACRE_TRY(std::string full, absolute(path));
    const auto end = full.find_last_not_of('/');
    if (end == std::string::npos) return Place{};
    Place place;
    place.slash = end + 1 < full.size();
    full.resize(end + 1);
    const auto slash = full.rfind('/');
    place.name = full.substr(slash + 1);
    if (place.name == "." || place.name == "..") return Place{};
    NACRE_TRY(place.folder, open(full.substr(0, slash + 1), O_PATH | O_DIRECTORY));
    return place;
}

Result<std::string> Jail::canonical(std::string_view path) const {
    NACRE_TRY(const std::string full, absolute(path));
    std::string result;
    const int error = try_again([&] { return JailWalk(root(), full).canonical(result); });
    if (error != 0) return path_error(-error);
    return result;
}

Result<std::string> Jail::lexical(std::string_view path) const {
    NACRE_TRY(const std::string full, absolute(path));
    std::string result;
    std::string_view rest = full;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('/'), rest.size());
        const std::string_view name = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (name == "..") {
            result.resize(result.empty() ? 0 : result.rfind('/'));
        } else if (!name.empty() && name != ".") {
            result.append(1, '/').append(name);
        }
    }
    if (result.empty()) result.push_back('/');
    return result;
}

}  // namespace nacre::fs
