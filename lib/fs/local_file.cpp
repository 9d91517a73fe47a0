#include "fs/local_file.hpp"

#include "fs/attrs_change.hpp"
#include "fs/background.hpp"
#include "fs/copy_range.hpp"
#include "fs/file_io.hpp"
#include "fs/system_locks.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::ReadBuffer;
using sftp::Status;
using sftp::WriteBuffer;

void answer_read(int error, ReadBuffer&& buffer, Reply<ReadBuffer>& reply) {
    if (error != 0 && buffer.filled == 0) return reply(failure_from_errno(error));
    buffer.stopped = error != 0;
    reply(std::move(buffer));
}

void write_to(OpenFile& file, std::uint64_t offset, WriteBuffer& buffer) noexcept {
    write_pieces(file.fd.get(), offset, buffer);
    if (!buffer.error) return;
    file.incomplete.store(true, std::memory_order_relaxed);
    file.quota.settle_as(file.fd.get());
}

constexpr std::uint64_t kAll = UINT64_MAX;

Result<void> check_write(const OpenFile& file, std::uint64_t offset, const WriteBuffer& buffer) {
    std::uint64_t size = 0;
    for (const auto& piece : buffer.pieces) size += piece.bytes.size();
    if (!file.flags.append) {
        NACRE_CHECK(file.locks.check(sftp::kBlockWrite, offset, size));
    } else if (!file.locks.check(sftp::kBlockWrite, 0, kAll)) {
        struct stat status {};
        if (::fstat(file.fd.get(), &status) != 0) return failure_from_errno(errno);
        const auto end = static_cast<std::uint64_t>(status.st_size);
        NACRE_CHECK(file.locks.check(sftp::kBlockWrite, end, size));
    }
    return file.quota.grow_by(offset, size, file.flags.append);
}

/// Reads what the page cache did not have.
class ReadJob final : public Job {
  public:
    ReadJob(std::shared_ptr<OpenFile> file, std::uint64_t offset, ReadBuffer buffer,
            Reply<ReadBuffer> reply)
        : file_(std::move(file)),
          offset_(offset),
          buffer_(std::move(buffer)),
          reply_(std::move(reply)) {}
    void run() override { error_ = fill(file_->fd.get(), offset_, buffer_, 0); }
    void finish() override { answer_read(error_, std::move(buffer_), reply_); }

  private:
    std::shared_ptr<OpenFile> file_;
    std::uint64_t offset_;
    ReadBuffer buffer_;
    Reply<ReadBuffer> reply_;
    int error_ = 0;
};

class WriteJob final : public Job {
  public:
    WriteJob(std::shared_ptr<OpenFile> file, std::uint64_t offset, WriteBuffer buffer,
             Reply<WriteBuffer> reply)
        : file_(std::move(file)),
          offset_(offset),
          buffer_(std::move(buffer)),
          reply_(std::move(reply)) {}
    void run() override { write_to(*file_, offset_, buffer_); }
    void finish() override { reply_(std::move(buffer_)); }

  private:
    std::shared_ptr<OpenFile> file_;
    std::uint64_t offset_;
    WriteBuffer buffer_;
    Reply<WriteBuffer> reply_;
};

Result<void> from_return(int result) noexcept {
    if (result != 0) return failure_from_errno(errno);
    return {};
}

}  // namespace

LocalFile::~LocalFile() {
    if (!file_) return;
    file_->abandoned.store(true, std::memory_order_relaxed);
    if (!file_->doomed.has_name()) return;
    // Nobody closed it: the session ended before it heard of it.
    const auto end = [file = file_] { return end_file(file, sftp::HandleEnd::by_server); };
    try {
        answer_with(executor_, blocks(), Reply<void>(), end);
    } catch (const std::bad_alloc&) {
        static_cast<void>(end());
    }
}

void LocalFile::read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply) {
    buffer.filled = 0;
    buffer.stopped = false;
    if (offset > kMaxOffset) {
        reply(failure(Status::invalid_parameter, "Offset too large"));
        return;
    }
    if (const auto free =
            file_->locks.check(sftp::kBlockRead, offset, buffer.frames.bytes() - buffer.skip);
        !free)
        return reply(free.error());
    Storage& storage = *file_->storage;
    int error = EAGAIN;
    const bool memory = storage.residence == Residence::memory;
    if (memory) {
        error = fill(file_->fd.get(), offset, buffer, 0);
    } else if (storage.knows_nowait.load(std::memory_order_relaxed)) {
        error = fill(file_->fd.get(), offset, buffer, RWF_NOWAIT);
        if (error == EOPNOTSUPP) storage.knows_nowait.store(false, std::memory_order_relaxed);
    }
    if (!memory && (error == EAGAIN || error == EOPNOTSUPP)) {
        executor_.submit(
            std::make_unique<ReadJob>(file_, offset, std::move(buffer), std::move(reply)));
        return;
    }
    answer_read(error, std::move(buffer), reply);
}

void LocalFile::write(std::uint64_t offset, WriteBuffer buffer, Reply<WriteBuffer> reply) {
    if (offset > kMaxOffset) {
        reply(failure(Status::invalid_parameter, "Offset too large"));
    } else if (const auto free = check_write(*file_, offset, buffer); !free) {
        file_->incomplete.store(true, std::memory_order_relaxed);
        reply(free.error());
    } else if (blocks()) {
        executor_.submit(
            std::make_unique<WriteJob>(file_, offset, std::move(buffer), std::move(reply)));
    } else {
        write_to(*file_, offset, buffer);
        reply(std::move(buffer));
    }
}

void LocalFile::stat(sftp::AttrMask wanted, Reply<sftp::Attrs> reply) {
    if (file_->storage->residence != Residence::remote && (wanted & sftp::kAttrAcl) == 0) {
        if (auto attrs = file_->tree->attrs_at_once(file_->fd.get(), wanted))
            return reply(std::move(*attrs));
    }
    answer_with(executor_, true, std::move(reply), [file = file_, wanted] {
        return attrs_of_fd(file->fd.get(), wanted, file->tree->names());
    });
}

void LocalFile::set_stat(const sftp::Attrs& attrs, Reply<void> reply) {
    if (file_->tree->config().read_only) {
        reply(failure(Status::permission_denied));
        return;
    }
    if ((attrs.size || attrs.allocation_size) && !file_->flags.write && !file_->flags.append) {
        reply(failure(Status::permission_denied, "Not open for writing"));
        return;
    }
    const bool waits = blocks() || needs_names(attrs);
    answer_with(executor_, waits, std::move(reply), [file = file_, attrs]() -> Result<void> {
        const LocalTree& tree = *file->tree;
        NACRE_TRY(const auto change, plan_change(file->fd.get(), attrs, Descriptor::open,
                                                 tree.config().mode_mask, tree.shared().names));
        if (const auto size = change.lowest_size())
            NACRE_CHECK(file->locks.check(sftp::kBlockWrite, *size, kAll));
        return apply_with_quota(file->fd.get(), Descriptor::open, change, file->quota);
    });
}

void LocalFile::sync(Reply<void> reply) {
    answer_with(executor_, blocks(), std::move(reply),
                [file = file_] { return from_return(::fsync(file->fd.get())); });
}

void LocalFile::stat_filesystem(Reply<sftp::FilesystemStats> reply) {
    answer_with(executor_, blocks() || !file_->tree->quota_at_once(), std::move(reply),
                [file = file_]() -> Result<sftp::FilesystemStats> {
                    NACRE_TRY(auto stats, filesystem_stats(file->fd.get()));
                    file->tree->limit_stats(stats);
                    return stats;
                });
}

void LocalFile::copy_to(std::uint64_t from, std::uint64_t length, sftp::File& to, std::uint64_t at,
                        Reply<void> reply) {
    const auto* target = dynamic_cast<LocalFile*>(&to);
    if (target == nullptr || target->file_->tree != file_->tree) {
        reply(failure(Status::op_unsupported, "Not files of one file system"));
        return;
    }
    const std::uint64_t size = length == 0 ? kAll : length;
    for (const auto& free : {file_->locks.check(sftp::kBlockRead, from, size),
                             target->file_->locks.check(sftp::kBlockWrite, at, size)})
        if (!free) return reply(free.error());
    // Also where the files are memory: a copy has no bound.
    copy_range(file_, target->file_, {from, length, at}, executor_, std::move(reply));
}

void LocalFile::block(std::uint64_t offset, std::uint64_t length, sftp::BlockMask mask,
                      Reply<void> reply) {
    if (auto ours = file_->locks.block(offset, length, mask); !ours) return reply(ours.error());
    if ((mask & sftp::kBlockDelete) != 0) file_->tree->shared().deletes_blocked = true;
    answer_with(executor_, blocks(), std::move(reply),
                [file = file_, offset, length, mask]() -> Result<void> {
                    const int error =
                        lock_for_others(file->fd.get(), offset, length, mask, file->flags);
                    if (error == 0) return {};
                    static_cast<void>(file->locks.unblock(offset, length));
                    return error == EAGAIN ? failure(Status::byte_range_lock_refused)
                                           : failure_from_errno(error);
                });
}

void LocalFile::unblock(std::uint64_t offset, std::uint64_t length, Reply<void> reply) {
    answer_with(
        executor_, blocks(), std::move(reply), [file = file_, offset, length]() -> Result<void> {
            NACRE_CHECK(file->locks.holds(offset, length));
            const int error = unlock_for_others(file->fd.get(), offset, length, file->flags);
            if (error != 0) return failure_from_errno(error);
            return file->locks.unblock(offset, length);
        });
}

void LocalFile::close(sftp::HandleEnd why, Reply<void> reply) {
    auto file = std::exchange(file_, nullptr);
    if (!file) {
        reply(failure(Status::invalid_handle));
        return;
    }
    file->abandoned.store(true, std::memory_order_relaxed);
    // What was written may have to go out first (NFS, FUSE); so may what the last name's removal
    // left behind.
    const bool changes = file->flags.write || file->flags.append || file->doomed.has_name();
    // To close a file of a network or of FUSE is to ask its server, whatever was done with it.
    const Residence where = file->storage->residence;
    const bool waits = where == Residence::remote || (changes && where != Residence::memory);
    answer_with(executor_, waits, std::move(reply),
                [file = std::move(file), why] { return end_file(file, why); });
}

}  // namespace nacre::fs
