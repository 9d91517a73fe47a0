/// \file
/// Resolves a path in a jail step by step, for kernels without openat2(2) and for realpath.
#pragma once
#include "fs/owned_fd.hpp"

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

namespace nacre::fs {

/// One path, resolved once. No step follows a link: links are read and their text is walked. ".."
/// is only believed when it leads to the folder from which the walk came, known by device and
/// inode, so that a folder moved meanwhile leads nowhere (-EAGAIN: try again).
class JailWalk {
  public:
    static constexpr int kMaxLinks = 40;  ///< path_resolution(7)

    /// \param root  a directory, kept open by the caller
    /// \param path  without NUL; the root is its "/"
    JailWalk(int root, std::string_view path) : root_(root), rest_(path) {}
    /// \param inside  names from the root to a folder that the path must lead to or below: what is
    /// elsewhere is not looked at (-ENOENT); the folders on the way there have only a canonical
    /// path (else -EACCES). Must outlive the walk.
    JailWalk(int root, std::string_view path, const std::vector<std::string>& inside)
        : root_(root), rest_(path), inside_(&inside) {}

    /// As openat2(2) with RESOLVE_IN_ROOT: a descriptor, or -errno.
    int open(int flags, mode_t mode);
    /// The path from the root without links. The last component may be missing. 0, or -errno.
    int canonical(std::string& result);

  private:
    struct Step {
        dev_t device;
        ino_t inode;
        std::string name;
    };

    /// Comes to the folder of the last component, and to that if there is one. 0, or -errno.
    /// \param create  the last component is to be a file: no slash may follow it
    int find(bool follow_last, bool create);
    int folder() const noexcept { return here_ ? here_.get() : root_; }
    std::string_view next_name() noexcept;
    bool only_slashes_left() const noexcept;
    int go_up();
    int follow(int link);

    bool leads_elsewhere(std::string_view name) const noexcept {
        return inside_ != nullptr && steps_.size() < inside_->size() &&
               name != (*inside_)[steps_.size()];
    }
    bool ends_above() const noexcept {
        return inside_ != nullptr && steps_.size() + (last_.empty() ? 0 : 1) < inside_->size();
    }

    const int root_;
    std::string rest_;  ///< what is still to be walked begins at at_
    std::size_t at_ = 0;
    const std::vector<std::string>* inside_ = nullptr;
    int links_ = 0;
    nacre::detail::OwnedFd here_;  ///< unset: the root
    std::vector<Step> steps_;      ///< from the root to here_

    // Set by find():
    std::string last_;               ///< empty: the path ends in here_ itself
    nacre::detail::OwnedFd object_;  ///< what last_ names, O_PATH; unset: nothing
    bool last_is_directory_ = false;
};

}  // namespace nacre::fs
