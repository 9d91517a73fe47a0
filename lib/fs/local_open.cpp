// Opening files.
#include "fs/attrs_change.hpp"
#include "fs/file_io.hpp"
#include "fs/local_file.hpp"
#include "fs/local_tree.hpp"
#include "fs/system_locks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::Status;

constexpr mode_t kFileMode = 0666;  // OpenSSH's

/// A FIFO or a device must not make open() wait.
constexpr int kNoWait = O_NONBLOCK | O_NOCTTY;

int how_to_open(const sftp::OpenFlags& flags) noexcept {
    const bool writes = flags.write || flags.append;
    int how = writes ? (flags.read ? O_RDWR : O_WRONLY) : O_RDONLY;
    if (flags.append) how |= O_APPEND;
    if (flags.truncate) how |= O_TRUNC;
    if (flags.create) how |= O_CREAT | (flags.exclusive ? O_EXCL : 0);
    if (flags.no_follow) how |= O_NOFOLLOW;
    return how;
}

bool changes(const sftp::OpenFlags& flags) noexcept {
    return flags.write || flags.append || flags.create || flags.truncate || flags.delete_on_close;
}

bool may_be_upload(std::string_view path, const sftp::OpenFlags& flags) noexcept {
    return flags.write && !flags.read && !flags.append && (flags.create || flags.truncate) &&
           !flags.delete_on_close && flags.block == 0 && !path.ends_with('/');
}

sftp::BlockMask uses_of(const sftp::OpenFlags& flags) noexcept {
    sftp::BlockMask uses = 0;
    if (flags.read) uses |= sftp::kBlockRead;
    if (flags.write || flags.append || flags.truncate) uses |= sftp::kBlockWrite;
    if (flags.delete_on_close) uses |= sftp::kBlockDelete;
    return uses;
}

}  // namespace

Result<std::shared_ptr<OpenFile>> LocalTree::open(std::string_view path, sftp::OpenFlags flags,
                                                  const sftp::Attrs& attrs) {
    if (changes(flags)) NACRE_CHECK(check_writable());
    // What is removed is the name that was given: not what a link of that name leads to.
    if (flags.delete_on_close) flags.no_follow = true;
    if (config_.atomic_upload.enabled && may_be_upload(path, flags)) {
        NACRE_TRY(auto upload, open_upload(path, flags, attrs));
        if (upload) return upload;
    }
    auto file = make_open_file();
    file->flags = flags;
    file->tree = shared_from_this();
    if (flags.delete_on_close) {
        NACRE_TRY(file->doomed, jail_.place(path));
    }
    // An open that is refused because of another one must not have cut the file. To cut it is to
    // write, for the system, the locks and the quota, whatever the handle may do then.
    sftp::OpenFlags uses = flags;
    uses.write = flags.write || (flags.truncate && !flags.append);
    const bool writes = uses.write || uses.append;
    const int how = how_to_open(uses) & ~O_TRUNC;
    bool made = false;
    NACRE_TRY(file->fd, open_or_make(path, how | kNoWait, attrs, made));

    const int fd = file->fd.get();
    if (made) {
        if (const auto given = give_acl(fd, Descriptor::open, attrs); !given) {
            static_cast<void>(remove(path));
            return given.error();
        }
    }
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failure_from_errno(errno);
    if (S_ISDIR(status.st_mode)) return failure(Status::file_is_a_directory);
    if (!S_ISREG(status.st_mode) && !(S_ISCHR(status.st_mode) && config_.allow_devices))
        return failure(Status::permission_denied, "Not a regular file");
    file->storage = storages_.of(fd);
    // Leaves O_APPEND; without O_NONBLOCK, which memory and disks do not look at.
    if ((!S_ISREG(status.st_mode) || file->storage->residence == Residence::remote) &&
        ::fcntl(fd, F_SETFL, how & O_APPEND) != 0)
        return failure_from_errno(errno);
    if (S_ISREG(status.st_mode)) {
        NACRE_TRY(file->locks, shared_->locks->open(id_of(status), uses_of(uses), flags.block));
        // One that is read counts too, once its names are gone; but nobody waits for the first
        // count to read.
        if (writes || quota_at_once()) file->quota = QuotaShare(quota(), status);
        if (flags.block != 0) NACRE_CHECK(block_whole(*file));
        if (flags.truncate) NACRE_CHECK(file->locks.check(sftp::kBlockWrite, 0, UINT64_MAX));
        if (flags.truncate && status.st_size != 0 && ::ftruncate(fd, 0) != 0)
            return failure_from_errno(errno);
        if (flags.truncate) file->quota.settle(0);
        // s7.4; attributes of a file that was there are not looked at.
        const bool empty = flags.create && (status.st_size == 0 || flags.truncate);
        if (empty && attrs.allocation_size)
            NACRE_CHECK(reserve(*file, path, *attrs.allocation_size));
    }
    return file;
}

Result<OwnedFd> LocalTree::open_or_make(std::string_view path, int how, const sftp::Attrs& attrs,
                                        bool& made) {
    if ((how & O_CREAT) == 0) return jail_.open(path, how);
    const mode_t mode = allowed_mode(attrs, kFileMode);
    if (!has_acl(attrs)) return jail_.open(path, how, mode);
    // Only what is new gets the ACL; and without a look at the name a link could be in between.
    auto fd = jail_.open(path, how | O_EXCL, mode);
    made = static_cast<bool>(fd);
    if (fd || (how & O_EXCL) != 0 || sftp::status_of(fd.error()) != Status::file_already_exists)
        return fd;
    return jail_.open(path, how & ~O_CREAT);
}

Result<void> LocalTree::block_whole(const OpenFile& file) {
    if ((file.flags.block & sftp::kBlockDelete) != 0) shared_->deletes_blocked = true;
    const int error = lock_for_others(file.fd.get(), 0, 0, file.flags.block, file.flags);
    if (error == 0) return {};
    return error == EAGAIN ? failure(Status::lock_conflict) : failure_from_errno(error);
}

Result<std::shared_ptr<OpenFile>> LocalTree::open_upload(std::string_view path,
                                                         sftp::OpenFlags flags,
                                                         const sftp::Attrs& attrs) {
    auto file = make_open_file();
    file->flags = flags;
    file->tree = shared_from_this();
    Jail::Place place;
    OwnedFd old;
    struct stat old_status {};
    if (flags.exclusive) {
        NACRE_TRY(place, new_place(path, false));
        if (::fstatat(place.folder.get(), place.name.c_str(), &old_status, AT_SYMLINK_NOFOLLOW) ==
            0)
            return failure_from_errno(EEXIST);
    } else {
        auto found = jail_.open(path, O_WRONLY | kNoWait | (flags.no_follow ? O_NOFOLLOW : 0));
        if (found) {
            old = std::move(*found);
            if (::fstat(old.get(), &old_status) != 0) return failure_from_errno(errno);
            if (!S_ISREG(old_status.st_mode) || !flags.truncate) return std::shared_ptr<OpenFile>();
            NACRE_TRY(file->locks, shared_->locks->open(id_of(old_status), sftp::kBlockWrite, 0));
            NACRE_CHECK(file->locks.check(sftp::kBlockWrite, 0, UINT64_MAX));
        } else if (!flags.create || sftp::status_of(found.error()) != Status::no_such_file) {
            return found.error();
        }
        // Where a link of that name leads to.
        NACRE_TRY(const auto canonical, jail_.canonical(path));
        NACRE_TRY(place, new_place(canonical, false));
    }
    if (old) NACRE_CHECK(check_delete(place));
    const auto target = flags.exclusive ? Upload::Target::is_new : Upload::Target::replace;
    NACRE_TRY(auto upload,
              Upload::make(std::move(place), target, O_WRONLY, allowed_mode(attrs, kFileMode),
                           config_.atomic_upload.always_named));
    file->fd = upload.take_file();
    file->upload.emplace(std::move(upload));
    if (old) {
        if (const int error = take_over(file->fd.get(), old.get(), old_status); error != 0)
            return failure_from_errno(error);
    } else {
        NACRE_CHECK(give_acl(file->fd.get(), Descriptor::open, attrs));
    }
    struct stat status {};
    if (::fstat(file->fd.get(), &status) != 0) return failure_from_errno(errno);
    file->quota = QuotaShare(quota(), status);
    if (attrs.allocation_size) NACRE_CHECK(reserve(*file, path, *attrs.allocation_size));
    file->storage = storages_.of(file->fd.get());
    return file;
}

Result<void> LocalTree::reserve(const OpenFile& file, std::string_view path, std::uint64_t bytes) {
    if (bytes > kMaxOffset) return failure(Status::invalid_parameter, "Size too large");
    const auto room = file.quota.has_room(bytes);
    // What is reserved and not written would not count: with a quota it stays a hint.
    const int error = room && !file.quota ? reserve_space(file.fd.get(), bytes) : 0;
    if (room && error == 0) return {};
    // Certainly ours.
    if (file.flags.exclusive && !file.upload) static_cast<void>(remove(path));
    return room ? failure_from_errno(error) : room.error();
}

}  // namespace nacre::fs
