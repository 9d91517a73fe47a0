// Copies of whole files, and folders for temporary ones.
#include "fs/copy_range.hpp"
#include "fs/local_file.hpp"
#include "fs/local_tree.hpp"
#include "fs/random_name.hpp"

#include <fcntl.h>

#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::Status;

constexpr mode_t kTemporaryMode = 0700;
constexpr std::size_t kTemporaryDigits = 16;

}  // namespace

Result<LocalTree::Copy> LocalTree::begin_copy(std::string_view from, std::string_view to,
                                              bool overwrite) {
    NACRE_CHECK(check_writable());
    sftp::OpenFlags flags;
    flags.read = true;
    Copy copy;
    NACRE_TRY(copy.source, open(from, flags, {}));
    struct stat status {};
    if (::fstat(copy.source->fd.get(), &status) != 0) return failure_from_errno(errno);
    if (!S_ISREG(status.st_mode)) return failure(Status::permission_denied, "Not a regular file");
    NACRE_CHECK(copy.source->locks.check(sftp::kBlockRead, 0, UINT64_MAX));
    if (overwrite) {
        // Else what is there would be replaced by a copy of itself, and lose its other names.
        const auto target = jail_.open(to, O_PATH);
        struct stat there {};
        if (target && ::fstat(target->get(), &there) == 0 && id_of(there) == id_of(status))
            return failure(Status::failure, "Source and target are the same");
    }
    sftp::Attrs attrs;
    attrs.permissions = status.st_mode & 07777;
    flags = {};
    flags.write = flags.create = flags.truncate = true;
    flags.exclusive = !overwrite;
    NACRE_TRY(copy.target, open_upload(to, flags, attrs));
    if (!copy.target) return failure(Status::permission_denied, "Not a regular file");
    NACRE_CHECK(copy.target->quota.has_room(static_cast<std::uint64_t>(status.st_size)));
    return copy;
}

Result<std::string> LocalTree::temporary_folder() const {
    NACRE_TRY(const auto fd, jail_.open(config_.temporary_folder, O_PATH | O_DIRECTORY));
    return jail_.canonical(config_.temporary_folder);
}

Result<std::string> LocalTree::make_temporary_folder() {
    NACRE_CHECK(check_writable());
    NACRE_TRY(std::string path, temporary_folder());
    if (path.back() != '/') path.push_back('/');
    path.append("tmp-").append(random_digits(kTemporaryDigits));
    NACRE_TRY(const auto place, jail_.place(path));
    if (::mkdirat(place.folder.get(), place.name.c_str(), kTemporaryMode) != 0)
        return failure_from_errno(errno);
    return path;
}

}  // namespace nacre::fs
