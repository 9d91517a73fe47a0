// Which operations on paths need not wait, so that the thread of the sessions may do them itself:
// handing one to another thread and back costs more than most of them.
#include "fs/local_tree.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::Follow;

/// Freeing so much memory takes about a millisecond.
constexpr std::uint64_t kMaxQuickSize = 8 * 1024 * 1024;

int follow_flag(Follow follow) noexcept {
    return follow == Follow::yes ? 0 : O_NOFOLLOW;
}

struct Split {
    std::string_view folder;
    std::string_view name;  ///< empty: it cannot be told without resolving the path
};

Split split(std::string_view path) noexcept {
    // Behind a slash links are followed and mounts crossed.
    if (path.empty() || path.back() == '/') return {};
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {".", path};
    return {path.substr(0, slash + 1), path.substr(slash + 1)};
}

/// Without asking a server. Nothing: no such thing, or it cannot be told.
std::optional<struct statx> known_status(int folder, const char* name, int flags) noexcept {
    struct statx status {};
    const int how = flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
    if (::statx(folder, name, how, STATX_TYPE | STATX_SIZE, &status) != 0) return std::nullopt;
    return status;
}

/// A regular file of moderate size, or a folder. Opening anything else may do anything.
bool is_quick(const std::optional<struct statx>& status) noexcept {
    if (!status) return false;
    return S_ISDIR(status->stx_mode) ||
           (S_ISREG(status->stx_mode) && status->stx_size <= kMaxQuickSize);
}

bool is_quick(int fd) noexcept {
    return is_quick(known_status(fd, "", AT_EMPTY_PATH));
}

}  // namespace

bool LocalTree::looks_at_once(std::string_view path, Follow follow) {
    const auto found = jail_.open_cached(path, follow_flag(follow));
    if (!found) return misses_at_once(path);
    // What fails out of the cache will fail so again.
    return !*found || storages_.of((*found)->get())->residence != Residence::remote;
}

bool LocalTree::opens_at_once(std::string_view path, sftp::OpenFlags flags) {
    if (flags.write || flags.append || flags.create || flags.truncate || flags.delete_on_close)
        return quota_at_once() && alters_at_once(path);
    const auto found = jail_.open_cached(path, 0);
    if (!found) return misses_at_once(path);
    if (!*found) return true;
    const int fd = (*found)->get();
    const auto status = known_status(fd, "", AT_EMPTY_PATH);
    return status && (S_ISREG(status->stx_mode) || S_ISDIR(status->stx_mode)) &&
           storages_.of(fd)->residence != Residence::remote;
}

bool LocalTree::alters_at_once(std::string_view path) {
    const auto found = jail_.open_cached(path, 0);
    if (!found || !*found) return misses_at_once(path);
    const int fd = (*found)->get();
    return storages_.of(fd)->residence == Residence::memory && is_quick(fd);
}

bool LocalTree::names_at_once(std::string_view path) {
    return static_cast<bool>(folder_in_memory(path));
}

bool LocalTree::removes_at_once(std::string_view path) {
    const OwnedFd folder = folder_in_memory(path);
    if (!folder) return false;
    const auto status = known_status(folder.get(), std::string(split(path).name).c_str(), 0);
    return !status || !S_ISREG(status->stx_mode) || status->stx_size <= kMaxQuickSize;
}

std::optional<Result<sftp::Attrs>> LocalTree::stat_at_once(std::string_view path, Follow follow,
                                                           sftp::AttrMask wanted) {
    if ((wanted & sftp::kAttrAcl) != 0) return std::nullopt;
    const auto found = jail_.open_cached(path, follow_flag(follow));
    if (!found) {
        if (misses_at_once(path)) return stat(path, follow, wanted);
        return std::nullopt;
    }
    if (!*found) return Result<sftp::Attrs>(found->error());
    if (storages_.of((*found)->get())->residence == Residence::remote) return std::nullopt;
    return attrs_at_once((*found)->get(), wanted);
}

std::optional<Result<sftp::Attrs>> LocalTree::attrs_at_once(int fd, sftp::AttrMask wanted) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return Result<sftp::Attrs>(sftp::failure_from_errno(errno));
    const Names who = names();
    if (!who.at_once(status.st_uid, status.st_gid)) return std::nullopt;
    auto attrs = attrs_of(status, known_names());
    add_attrs(fd, status, wanted, attrs);
    return Result<sftp::Attrs>(std::move(attrs));
}

/// The folder that `path` names something in, if that is in memory; else nothing.
OwnedFd LocalTree::folder_in_memory(std::string_view path) {
    const auto [folder, name] = split(path);
    if (name.empty()) return {};
    auto found = jail_.open_cached(folder, O_DIRECTORY);
    if (!found || !*found || storages_.of((*found)->get())->residence != Residence::memory)
        return {};
    return std::move(**found);
}

/// A file system in memory has nothing but its cache: what is not there is not there. What is there
/// may be a link or a mount that leads elsewhere.
bool LocalTree::misses_at_once(std::string_view path) {
    const OwnedFd folder = folder_in_memory(path);
    if (!folder) return false;
    open_how how{};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
    const std::string name(split(path).name);
    const OwnedFd found(
        static_cast<int>(::syscall(SYS_openat2, folder.get(), name.c_str(), &how, sizeof how)));
    return !found && errno == ENOENT;
}

}  // namespace nacre::fs
