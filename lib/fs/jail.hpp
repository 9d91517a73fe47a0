/// \file
/// Opens paths inside a folder that they cannot leave.
#pragma once
#include "fs/owned_fd.hpp"

#include <nacre/base/result.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::fs {

using nacre::detail::OwnedFd;

/// The folder is the "/" of every path, as chroot(2) would make it: absolute links start there and
/// ".." stops there. The kernel resolves (openat2(2), RESOLVE_IN_ROOT), or where it cannot, a walk
/// with the same meaning; no name is ever compared. Magic links of /proc lead nowhere. Usable on
/// all threads.
class Jail {
  public:
    static constexpr std::size_t kMaxPath = 4096;  ///< bytes of a client's path
    /// A rename that happens while ".." is resolved makes the kernel give up; how often to try.
    static constexpr int kMaxTries = 32;

    /// \param home  where relative paths begin, seen from inside
    /// \param confine  a folder that paths must lead to or below, seen from inside; empty: the root
    /// Errors: local_failed, detail errno.
    static Result<Jail> make(const std::string& root, std::string_view home, bool force_walk,
                             std::string_view confine = {});

    /// From now on paths with a name in them that begins so lead nowhere (no_such_file).
    void hide(std::string_view prefix) { hidden_.assign(1, '/').append(prefix); }

    /// open(2); O_CLOEXEC is added. `mode` only with O_CREAT. Errors: by sftp::failure().
    Result<OwnedFd> open(std::string_view path, int flags, mode_t mode = 0) const;

    /// The same with O_PATH, out of the kernel's caches only. Nothing: it cannot be told without
    /// waiting, or the kernel knows no such question (before Linux 5.12).
    std::optional<Result<OwnedFd>> open_cached(std::string_view path, int flags) const;

    /// What names a thing in its folder, for the calls that know no openat2 form. They get a name
    /// that is not followed and not "", "." or "..", and holds no '/'.
    struct Place {
        OwnedFd folder;      ///< O_PATH
        std::string name;    ///< empty: the path ends in ".", "..", or is the root; folder is unset
        bool slash = false;  ///< the path ended in '/': only a directory can be meant

        bool has_name() const noexcept { return !name.empty(); }
    };
    Result<Place> place(std::string_view path) const;
    /// The same, out of the kernel's caches only. Nothing: it cannot be told so, or there is none.
    std::optional<Place> place_cached(std::string_view path) const;

    /// The path without links, "." and "..", seen from inside. The last component may be missing.
    Result<std::string> canonical(std::string_view path) const;

    /// The path without "." and "..", as a text: nothing is looked up.
    Result<std::string> lexical(std::string_view path) const;

    /// Whether this is the jail's own root.
    bool is_root(const struct stat& status) const noexcept {
        return status.st_dev == device_ && status.st_ino == inode_;
    }
    /// Whether it is what clients are confined to: that folder, or the root.
    bool is_top(const struct stat& status) const noexcept {
        return status.st_dev == top_device_ && status.st_ino == top_inode_;
    }
    /// The canonical path of that folder; empty: the root.
    const std::string& confine() const noexcept { return confine_; }
    /// That folder, O_PATH.
    int inside() const noexcept { return inside_ ? inside_.get() : root_.get(); }
    /// Of a folder above that one, the name in it that leads there; nothing: it is no such folder.
    std::optional<std::string> next_inside(std::string_view path) const;
    int root() const noexcept { return root_.get(); }
    const std::string& home() const noexcept { return home_; }

  private:
    Jail(OwnedFd root, std::string home) : root_(std::move(root)), home_(std::move(home)) {}
    Result<std::string> absolute(std::string_view path) const;
    Result<Place> split(std::string_view path, std::string& folder) const;
    Result<void> set_confine(std::string_view path);
    int open_confined(const std::string& full, int flags, mode_t mode) const;
    std::optional<std::string> part_inside(std::string_view full) const;

    OwnedFd root_;
    std::string home_;
    std::string hidden_;  ///< with a '/' in front; empty: nothing is
    dev_t device_ = 0;
    ino_t inode_ = 0;
    OwnedFd inside_;       ///< unset: the root
    std::string confine_;  ///< its canonical path; empty: the root
    std::vector<std::string> steps_inside_;
    dev_t top_device_ = 0;
    ino_t top_inode_ = 0;
    bool walks_ = false;
    bool asks_cache_ = false;
};

/// What has that name, of a link the link itself; nothing if nothing has.
Result<std::optional<struct stat>> status_of_name(const Jail::Place& place) noexcept;

}  // namespace nacre::fs
