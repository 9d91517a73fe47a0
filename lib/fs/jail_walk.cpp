#include "fs/jail_walk.hpp"

#include <climits>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace nacre::fs {
namespace {

using nacre::detail::OwnedFd;

constexpr int kStep = O_PATH | O_NOFOLLOW | O_CLOEXEC;

}  // namespace

std::string_view JailWalk::next_name() noexcept {
    const auto begin = rest_.find_first_not_of('/', at_);
    if (begin == std::string::npos) {
        at_ = rest_.size();
        return {};
    }
    at_ = std::min(rest_.find('/', begin), rest_.size());
    return std::string_view(rest_).substr(begin, at_ - begin);
}

bool JailWalk::only_slashes_left() const noexcept {
    return rest_.find_first_not_of('/', at_) == std::string::npos;
}

int JailWalk::go_up() {
    if (steps_.empty()) return 0;
    OwnedFd above(::openat(folder(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat found {};
    struct stat root {};
    if (!above || ::fstat(above.get(), &found) != 0) return -errno;
    steps_.pop_back();
    if (steps_.empty()) {
        if (::fstat(root_, &root) != 0) return -errno;
        here_ = OwnedFd();
        return found.st_dev == root.st_dev && found.st_ino == root.st_ino ? 0 : -EAGAIN;
    }
    here_ = std::move(above);
    const Step& step = steps_.back();
    return found.st_dev == step.device && found.st_ino == step.inode ? 0 : -EAGAIN;
}

/// Puts the link's text in front of what is still to be walked.
int JailWalk::follow(int link) {
    if (++links_ > kMaxLinks) return -ELOOP;
    std::array<char, PATH_MAX + 1> text;
    const ssize_t n = ::readlinkat(link, "", text.data(), text.size());
    if (n < 0) return -errno;
    const auto size = static_cast<std::size_t>(n);
    if (size == 0) return -ENOENT;
    if (size == text.size()) return -ENAMETOOLONG;
    rest_.replace(0, at_, text.data(), size);
    at_ = 0;
    if (text[0] == '/') {
        here_ = OwnedFd();
        steps_.clear();
    }
    return 0;
}

int JailWalk::find(bool follow_last, bool create) {
    for (;;) {
        const std::string name(next_name());
        if (name.empty()) return 0;
        if (name == ".") continue;
        if (name == "..") {
            if (const int error = go_up(); error != 0) return error;
            continue;
        }
        if (leads_elsewhere(name)) return -ENOENT;
        const bool is_last = at_ == rest_.size();
        // The kernel does not even look.
        if (create && !is_last && only_slashes_left()) return -EISDIR;
        OwnedFd object(::openat(folder(), name.c_str(), kStep));
        if (!object) {
            if (errno != ENOENT || !only_slashes_left()) return -errno;
            last_ = name;
            return 0;
        }
        struct stat status {};
        if (::fstat(object.get(), &status) != 0) return -errno;
        if (S_ISLNK(status.st_mode) && (follow_last || !is_last)) {
            if (const int error = follow(object.get()); error != 0) return error;
            continue;
        }
        if (is_last) {
            last_is_directory_ = S_ISDIR(status.st_mode);
            object_ = std::move(object);
            last_ = name;
            return 0;
        }
        if (!S_ISDIR(status.st_mode)) return -ENOTDIR;
        here_ = std::move(object);
        steps_.push_back({status.st_dev, status.st_ino, name});
    }
}

int JailWalk::open(int flags, mode_t mode) {
    const bool create = (flags & O_CREAT) != 0;
    const bool follows = (flags & O_NOFOLLOW) == 0 && !(create && (flags & O_EXCL) != 0);
    if (const int error = find(follows, create); error != 0) return error;
    if (ends_above()) return -EACCES;
    if (last_.empty()) {
        const int fd = ::openat(folder(), ".", flags, mode);
        return fd < 0 ? -errno : fd;
    }
    if (!object_) {
        if (!create) return -ENOENT;
    } else if ((flags & O_PATH) != 0) {
        if ((flags & O_DIRECTORY) != 0 && !last_is_directory_) return -ENOTDIR;
        return object_.release();
    }
    const int fd = ::openat(folder(), last_.c_str(), flags | O_NOFOLLOW, mode);
    if (fd >= 0) return fd;
    // It was no link when it was looked at.
    return errno == ELOOP && follows ? -EAGAIN : -errno;
}

int JailWalk::canonical(std::string& result) {
    if (const int error = find(true, false); error != 0) return error;
    result.clear();
    for (const auto& step : steps_) result.append(1, '/').append(step.name);
    if (!last_.empty()) result.append(1, '/').append(last_);
    if (result.empty()) result = "/";
    return 0;
}

}  // namespace nacre::fs
