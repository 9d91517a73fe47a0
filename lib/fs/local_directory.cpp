#include "fs/local_directory.hpp"

#include "fs/background.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace nacre::fs {
namespace {

constexpr int kLook = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

}  // namespace

Result<std::vector<sftp::DirEntry>> read_entries(const OpenDirectory& directory,
                                                 std::size_t max_entries) {
    std::vector<sftp::DirEntry> entries;
    DIR* const stream = directory.stream.get();
    const int fd = ::dirfd(stream);
    const std::size_t most = std::max<std::size_t>(max_entries, 1);
    while (entries.size() < most) {
        errno = 0;
        const dirent* const found = ::readdir(stream);
        if (found == nullptr) {
            if (errno != 0 && entries.empty()) return sftp::failure_from_errno(errno);
            break;
        }
        const bool hidden = directory.is_root && std::string_view(found->d_name) == "..";
        struct stat status {};
        if (::fstatat(fd, hidden ? "." : found->d_name, &status, kLook) == 0) {
            entries.push_back({found->d_name, attrs_of(status, directory.tree->names())});
        } else if (errno != ENOENT) {
            // The folder may be listed but not searched: a name is better than nothing.
            sftp::DirEntry entry;
            entry.name = found->d_name;
            entry.attrs.type = file_type_of(static_cast<mode_t>(DTTOIF(found->d_type)));
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

void LocalDirectory::read(std::size_t max_entries, Reply<std::vector<sftp::DirEntry>> reply) {
    answer_with(
        executor_, directory_->blocks, std::move(reply),
        [directory = directory_, max_entries] { return read_entries(*directory, max_entries); });
}

}  // namespace nacre::fs
