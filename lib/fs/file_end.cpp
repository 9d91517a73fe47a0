// What happens when the handle of a file ends.
#include "fs/local_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <new>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::HandleEnd;
using sftp::Status;

/// Removes the name, if it still is that of the open file.
Result<void> remove_doomed(const OpenFile& file) noexcept {
    const Jail::Place& place = file.doomed;
    struct stat open {};
    struct stat named {};
    if (::fstat(file.fd.get(), &open) != 0) return failure_from_errno(errno);
    if (::fstatat(place.folder.get(), place.name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? Result<void>() : failure_from_errno(errno);
    if (id_of(open) != id_of(named)) return {};
    if (::unlinkat(place.folder.get(), place.name.c_str(), 0) != 0)
        return failure_from_errno(errno);
    if (open.st_nlink == 1) {
        if (const auto& quota = file.tree->config().quota)
            quota->name_gone({open.st_dev, open.st_ino}, static_cast<std::uint64_t>(open.st_size));
    }
    return {};
}

/// Better an empty file is kept than that what is there is not.
bool may_hold_something(int fd) noexcept {
    struct stat status {};
    return ::fstat(fd, &status) != 0 || status.st_size != 0;
}

Result<void> end_upload(OpenFile& file, HandleEnd why) {
    const int fd = file.fd.get();
    const AtomicUpload& wanted = file.tree->config().atomic_upload;
    // Of a copy that is under way nobody knows how far it came.
    const bool whole = why == HandleEnd::closed && !file.incomplete && file.copies == 0;
    if (whole) {
        const auto& quota = file.tree->config().quota;
        const auto replaced = last_name(quota, file.upload->place());
        // Since it was opened, others may have come to rely on what it is to replace.
        auto published = replaced ? file.tree->check_replace(file.upload->place())
                                  : Result<void>(replaced.error());
        if (published) published = file.upload->publish(fd, wanted.sync);
        if (published && *replaced) quota->name_gone((*replaced)->id, (*replaced)->size);
        if (!published) file.quota.settle(0);
        return published;
    }
    Result<void> ended;
    if (why == HandleEnd::closed) {
        ended = failure(Status::failure, "Upload is not complete");
    } else if (wanted.unfinished == AtomicUpload::Unfinished::keep && may_hold_something(fd)) {
        ended = file.upload->keep(fd);
        if (ended) return {};
    }
    file.quota.settle(0);
    return ended;
}

/// To close a file of a network or of FUSE is to ask its server.
class CloseJob final : public Job {
  public:
    explicit CloseJob(std::unique_ptr<OpenFile> file) noexcept : file_(std::move(file)) {}
    void run() override { file_.reset(); }
    void finish() override {}

  private:
    std::unique_ptr<OpenFile> file_;
};

void let_go(OpenFile* last) noexcept {
    std::unique_ptr<OpenFile> file(last);
    Executor* const elsewhere = file->closes_in;
    if (elsewhere == nullptr || !file->fd || file->storage->residence != Residence::remote) return;
    try {
        elsewhere->submit(std::make_unique<CloseJob>(std::move(file)));
    } catch (const std::bad_alloc&) {
        // It is closed here.
    }
}

}  // namespace

std::shared_ptr<OpenFile> make_open_file() {
    return {new OpenFile, &let_go};
}

Result<void> end_file(const std::shared_ptr<OpenFile>& open, HandleEnd why) {
    OpenFile& file = *open;
    Result<void> ended;
    if (file.upload) {
        ended = end_upload(file, why);
        file.upload.reset();
    } else if (file.doomed.has_name()) {
        ended = remove_doomed(file);
    }
    // A copy under way still needs the descriptor, and then it closes it.
    if (open.use_count() > 1) return ended;
    const int result = ::close(file.fd.release());
    file.locks.release();
    // The descriptor is gone also after EINTR.
    if (ended && result != 0 && errno != EINTR) return failure_from_errno(errno);
    return ended;
}

}  // namespace nacre::fs
