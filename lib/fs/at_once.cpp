// Which operations on paths need not wait, so that the thread of the sessions may do them itself:
// handing one to another thread and back costs more than most of them.
#include "fs/local_tree.hpp"

#include <fcntl.h>

#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::Follow;

int follow_flag(Follow follow) noexcept {
    return follow == Follow::yes ? 0 : O_NOFOLLOW;
}

/// The path without its last component.
std::string_view folder_of(std::string_view path) noexcept {
    const auto end = path.find_last_not_of('/');
    if (end == std::string_view::npos) return "/";
    const auto slash = path.rfind('/', end);
    if (slash == std::string_view::npos) return ".";
    return path.substr(0, slash + 1);
}

}  // namespace

bool LocalTree::looks_at_once(std::string_view path, Follow follow) const {
    const auto found = jail_.open_cached(path, follow_flag(follow));
    if (!found) return misses_at_once(path);
    // What fails out of the cache will fail so again.
    return !*found || residence_of((*found)->get()) != Residence::remote;
}

/// A file system in memory has nothing but its cache: what the cache does not know is not there.
bool LocalTree::misses_at_once(std::string_view path) const {
    if (!changes_at_once(path)) return false;
    // What leads elsewhere may be uncached for another reason.
    const auto found = jail_.open_cached(path, O_NOFOLLOW);
    return !found || !*found;
}

bool LocalTree::changes_at_once(std::string_view path) const {
    const auto folder = jail_.open_cached(folder_of(path), O_DIRECTORY);
    return folder && (!*folder || residence_of((*folder)->get()) == Residence::memory);
}

bool LocalTree::opens_at_once(std::string_view path, sftp::OpenFlags flags) const {
    const bool changes = flags.write || flags.append || flags.create || flags.truncate;
    if (!changes) return looks_at_once(path, Follow::yes);
    return alters_at_once(path);
}

bool LocalTree::alters_at_once(std::string_view path) const {
    const auto found = jail_.open_cached(path, 0);
    if (found && *found) return residence_of((*found)->get()) == Residence::memory;
    return misses_at_once(path);
}

std::optional<Result<sftp::Attrs>> LocalTree::stat_at_once(std::string_view path, Follow follow) {
    const auto found = jail_.open_cached(path, follow_flag(follow));
    if (!found) return std::nullopt;
    if (!*found) return Result<sftp::Attrs>(found->error());
    struct stat status {};
    if (residence_of((*found)->get()) == Residence::remote) return std::nullopt;
    if (::fstat((*found)->get(), &status) != 0)
        return Result<sftp::Attrs>(sftp::failure_from_errno(errno));
    if (!names_.knows(status.st_uid, status.st_gid)) return std::nullopt;
    return Result<sftp::Attrs>(attrs_of(status, names_));
}

}  // namespace nacre::fs
