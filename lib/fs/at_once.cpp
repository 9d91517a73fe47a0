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

/// A regular file of moderate size, or a folder. Opening anything else may do anything.
bool is_quick(const struct statx& status) noexcept {
    return S_ISDIR(status.stx_mode) ||
           (S_ISREG(status.stx_mode) && status.stx_size <= kMaxQuickSize);
}

/// What has that name itself, O_PATH, if it is on the file system of its folder; else errno is set.
OwnedFd look_at(const Jail::Place& place) noexcept {
    open_how how{};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;
    return OwnedFd(static_cast<int>(
        ::syscall(SYS_openat2, place.folder.get(), place.name.c_str(), &how, sizeof how)));
}

}  // namespace

bool LocalTree::looks_at_once(std::string_view path, Follow follow) {
    const auto found = jail_.open_cached(path, follow_flag(follow));
    if (!found) return misses_at_once(path);
    // What fails out of the cache will fail so again.
    return !*found || storages_.of((*found)->get())->residence != Residence::remote;
}

bool LocalTree::opens_at_once(std::string_view path, sftp::OpenFlags flags) {
    if (flags.create) return quota_at_once() && (makes_at_once(path) || alters_at_once(path));
    if (flags.write || flags.append || flags.truncate || flags.delete_on_close)
        return quota_at_once() && alters_at_once(path);
    const auto found = jail_.open_cached(path, 0);
    if (!found) return misses_at_once(path);
    if (!*found) return true;
    struct statx status {};
    return storages_.of((*found)->get(), status)->residence != Residence::remote &&
           (S_ISREG(status.stx_mode) || S_ISDIR(status.stx_mode));
}

bool LocalTree::alters_at_once(std::string_view path) {
    const auto found = jail_.open_cached(path, 0);
    if (!found || !*found) return misses_at_once(path);
    struct statx status {};
    return storages_.of((*found)->get(), status)->residence == Residence::memory &&
           is_quick(status);
}

bool LocalTree::names_at_once(std::string_view path) {
    return place_in_memory(path).has_value();
}

std::optional<Jail::Place> LocalTree::removes_at_once(std::string_view path) {
    auto place = place_in_memory(path);
    if (!place) return std::nullopt;
    struct statx status {};
    const int how = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
    const int result =
        ::statx(place->folder.get(), place->name.c_str(), how, STATX_TYPE | STATX_SIZE, &status);
    const bool large = result == 0 && S_ISREG(status.stx_mode) && status.stx_size > kMaxQuickSize;
    if (large) return std::nullopt;
    return place;
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

/// Where `path` names something, if that folder is in memory; else nothing. Behind a slash links
/// are followed and mounts crossed.
std::optional<Jail::Place> LocalTree::place_in_memory(std::string_view path) {
    auto place = jail_.place_cached(path);
    if (!place || place->slash) return std::nullopt;
    if (storages_.of(place->folder.get())->residence != Residence::memory) return std::nullopt;
    return place;
}

/// A file system in memory has nothing but its cache: what is not there is not there. What is there
/// may be a link or a mount that leads elsewhere.
bool LocalTree::misses_at_once(std::string_view path) {
    const auto place = place_in_memory(path);
    return place && !look_at(*place) && errno == ENOENT;
}

/// Whether there is no such thing in a folder in memory, or else a file there that is opened at
/// once.
bool LocalTree::makes_at_once(std::string_view path) {
    const auto place = place_in_memory(path);
    if (!place) return false;
    const OwnedFd found = look_at(*place);
    if (!found) return errno == ENOENT;
    struct statx status {};
    return storages_.of(found.get(), status)->residence == Residence::memory && is_quick(status);
}

}  // namespace nacre::fs
