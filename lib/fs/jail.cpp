#include "fs/jail.hpp"

#include "fs/jail_walk.hpp"

#include <nacre/sftp/status.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::Status;

/// A descriptor, or -errno. \param resolve  how it stays in the folder, and more
int open_in(int root, const char* path, int flags, mode_t mode, std::uint64_t resolve) noexcept {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.mode = mode;
    how.resolve = RESOLVE_NO_MAGICLINKS | resolve;
    const long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
    return fd < 0 ? -errno : static_cast<int>(fd);
}

int open_in_root(int root, const char* path, int flags, mode_t mode,
                 std::uint64_t resolve = 0) noexcept {
    return open_in(root, path, flags, mode, RESOLVE_IN_ROOT | resolve);
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

Result<Jail> Jail::make(const std::string& root, std::string_view home, bool force_walk,
                        std::string_view confine) {
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
    jail.top_device_ = jail.device_;
    jail.top_inode_ = jail.inode_;
    if (!confine.empty()) NACRE_CHECK(jail.set_confine(confine));
    return jail;
}

Result<void> Jail::set_confine(std::string_view path) {
    const std::string full = '/' + std::string(path);
    std::string canonical;
    const int error = try_again([&] { return JailWalk(root(), full).canonical(canonical); });
    OwnedFd fd;
    struct stat status {};
    if (error == 0 && canonical != "/") {
        auto opened = open(canonical, O_PATH | O_DIRECTORY);
        if (opened) fd = std::move(*opened);
    }
    if (error != 0 || (canonical != "/" && (!fd || ::fstat(fd.get(), &status) != 0)))
        return Error{Errc::local_failed, Disconnect::none,
                     static_cast<std::uint32_t>(error != 0 ? -error : ENOENT),
                     "the folder that clients are confined to cannot be opened"};
    if (canonical == "/") return {};
    top_device_ = status.st_dev;
    top_inode_ = status.st_ino;
    for (std::string_view rest = canonical; !rest.empty();) {
        const auto end = std::min(rest.find('/', 1), rest.size());
        steps_inside_.emplace_back(rest.substr(1, end - 1));
        rest.remove_prefix(end);
    }
    inside_ = std::move(fd);
    confine_ = std::move(canonical);
    if (!part_inside(home_)) home_ = confine_;
    return {};
}

/// What follows the folder's own path, if the text begins with that; "." if nothing does.
std::optional<std::string> Jail::part_inside(std::string_view full) const {
    for (const std::string& step : steps_inside_) {
        std::string_view name = ".";
        while (name == "." || (name.empty() && !full.empty())) {
            const auto end = std::min(full.find('/'), full.size());
            name = full.substr(0, end);
            full.remove_prefix(std::min(end + 1, full.size()));
        }
        if (name != step) return std::nullopt;
    }
    full.remove_prefix(std::min(full.find_first_not_of('/'), full.size()));
    return full.empty() ? std::string(".") : std::string(full);
}

/// The kernel resolves what stays below the folder from there on, which nearly all does; the walk
/// does the rest, such as absolute links.
int Jail::open_confined(const std::string& full, int flags, mode_t mode) const {
    const auto part = walks_ ? std::nullopt : part_inside(full);
    if (part) {
        const int fd = open_in(inside_.get(), part->c_str(), flags, mode, RESOLVE_BENEATH);
        if (fd != -EXDEV) return fd;
    }
    return JailWalk(root(), full, steps_inside_).open(flags, mode);
}

std::optional<std::string> Jail::next_inside(std::string_view path) const {
    if (confine_.empty()) return std::nullopt;
    const auto above = canonical(path);
    if (!above) return std::nullopt;
    std::string prefix = *above == "/" ? *above : *above + '/';
    if (!confine_.starts_with(prefix)) return std::nullopt;
    const auto end = std::min(confine_.find('/', prefix.size()), confine_.size());
    return confine_.substr(prefix.size(), end - prefix.size());
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
        if (inside_) return open_confined(full, flags, mode);
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
    const int how = flags | O_PATH | O_CLOEXEC;
    const auto part = inside_ ? part_inside(*full) : std::nullopt;
    if (inside_ && !part) return std::nullopt;
    const int fd = inside_
                       ? open_in(inside(), part->c_str(), how, 0, RESOLVE_BENEATH | RESOLVE_CACHED)
                       : open_in_root(root(), full->c_str(), how, 0, RESOLVE_CACHED);
    if (fd == -EAGAIN || fd == -EXDEV) return std::nullopt;
    if (fd < 0) return Result<OwnedFd>(path_error(-fd));
    return Result<OwnedFd>(OwnedFd(fd));
}

/// The place without its folder, whose path is given for that.
Result<Jail::Place> Jail::split(std::string_view path, std::string& folder) const {
    NACRE_TRY(folder, absolute(path));
    const auto end = folder.find_last_not_of('/');
    if (end == std::string::npos) return Place{};
    Place place;
    place.slash = end + 1 < folder.size();
    folder.resize(end + 1);
    const auto slash = folder.rfind('/');
    place.name = folder.substr(slash + 1);
    if (place.name == "." || place.name == "..") return Place{};
    folder.resize(slash + 1);
    return place;
}

Result<Jail::Place> Jail::place(std::string_view path) const {
    std::string folder;
    NACRE_TRY(auto place, split(path, folder));
    if (!place.has_name()) return place;
    NACRE_TRY(place.folder, open(folder, O_PATH | O_DIRECTORY));
    return place;
}

std::optional<Jail::Place> Jail::place_cached(std::string_view path) const {
    std::string folder;
    auto place = split(path, folder);
    if (!place || !place->has_name()) return std::nullopt;
    auto found = open_cached(folder, O_DIRECTORY);
    if (!found || !*found) return std::nullopt;
    place->folder = std::move(**found);
    return std::move(*place);
}

Result<std::string> Jail::canonical(std::string_view path) const {
    NACRE_TRY(const std::string full, absolute(path));
    std::string result;
    const int error =
        try_again([&] { return JailWalk(root(), full, steps_inside_).canonical(result); });
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

Result<std::optional<struct stat>> status_of_name(const Jail::Place& place) noexcept {
    struct stat status {};
    if (::fstatat(place.folder.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return std::optional(status);
    if (errno == ENOENT) return std::optional<struct stat>();
    return sftp::failure_from_errno(errno);
}

}  // namespace nacre::fs
