#include "fs/tree_scan.hpp"

#include "fs/owned_fd.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <memory>
#include <string_view>
#include <vector>

namespace nacre::fs {
namespace {

using nacre::detail::OwnedFd;

struct Close {
    void operator()(DIR* open) const noexcept { ::closedir(open); }
};
using Stream = std::unique_ptr<DIR, Close>;

Stream open_folder(int folder, const char* name, dev_t device) {
    constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    OwnedFd fd(::openat(folder, name, kFlags));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_dev != device) return {};
    Stream stream(::fdopendir(fd.get()));
    if (stream) fd.release();
    return stream;
}

}  // namespace

void scan_tree(int root,
               const std::function<void(int folder, const char* name, const struct stat&)>& visit) {
    struct stat top {};
    if (::fstat(root, &top) != 0) return;
    std::vector<Stream> open;  // one inside the other
    if (auto stream = open_folder(root, ".", top.st_dev)) open.push_back(std::move(stream));
    while (!open.empty()) {
        const dirent* const found = ::readdir(open.back().get());
        if (found == nullptr) {
            open.pop_back();
            continue;
        }
        const std::string_view name = found->d_name;
        if (name == "." || name == "..") continue;
        const int folder = ::dirfd(open.back().get());
        struct stat status {};
        constexpr int kLook = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;
        if (::fstatat(folder, found->d_name, &status, kLook) != 0) continue;
        if (S_ISDIR(status.st_mode) && open.size() < kMaxScanDepth) {
            if (auto stream = open_folder(folder, found->d_name, top.st_dev))
                open.push_back(std::move(stream));
        }
        visit(folder, found->d_name, status);
    }
}

}  // namespace nacre::fs
