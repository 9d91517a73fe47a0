#include "fs/local_file.hpp"

#include "fs/background.hpp"
#include "fs/copy_range.hpp"
#include "fs/file_io.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::ReadBuffer;
using sftp::Status;
using sftp::WriteBuffer;

void answer_read(int error, ReadBuffer&& buffer, Reply<ReadBuffer>& reply) {
    // An error behind some bytes comes again when the client asks for what is missing.
    if (error != 0 && buffer.filled == 0) {
        reply(failure_from_errno(error));
    } else {
        reply(std::move(buffer));
    }
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
    void run() noexcept override { error_ = fill(file_->fd.get(), offset_, buffer_, 0); }
    void finish() noexcept override { answer_read(error_, std::move(buffer_), reply_); }

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
    void run() noexcept override { write_pieces(file_->fd.get(), offset_, buffer_); }
    void finish() noexcept override { reply_(std::move(buffer_)); }

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
    if (file_) file_->abandoned.store(true, std::memory_order_relaxed);
}

void LocalFile::read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply) {
    buffer.filled = 0;
    if (offset > kMaxOffset) {
        reply(failure(Status::invalid_parameter, "Offset too large"));
        return;
    }
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
    } else if (blocks()) {
        executor_.submit(
            std::make_unique<WriteJob>(file_, offset, std::move(buffer), std::move(reply)));
    } else {
        write_pieces(file_->fd.get(), offset, buffer);
        reply(std::move(buffer));
    }
}

void LocalFile::stat(sftp::AttrMask, Reply<sftp::Attrs> reply) {
    if (file_->storage->residence != Residence::remote) {
        if (auto attrs = file_->tree->attrs_at_once(file_->fd.get()))
            return reply(std::move(*attrs));
    }
    answer_with(executor_, true, std::move(reply), [file = file_]() -> Result<sftp::Attrs> {
        struct stat status {};
        if (::fstat(file->fd.get(), &status) != 0) return failure_from_errno(errno);
        return attrs_of(status, file->tree->names());
    });
}

void LocalFile::set_stat(const sftp::Attrs& attrs, Reply<void> reply) {
    if (file_->tree->config().read_only) {
        reply(failure(Status::permission_denied));
        return;
    }
    if (attrs.size && !file_->flags.write && !file_->flags.append) {
        reply(failure(Status::permission_denied, "Not open for writing"));
        return;
    }
    answer_with(executor_, blocks(), std::move(reply), [file = file_, attrs] {
        return set_attrs(file->fd.get(), Descriptor::open, attrs, file->tree->config().mode_mask);
    });
}

void LocalFile::sync(Reply<void> reply) {
    answer_with(executor_, blocks(), std::move(reply),
                [file = file_] { return from_return(::fsync(file->fd.get())); });
}

void LocalFile::stat_filesystem(Reply<sftp::FilesystemStats> reply) {
    answer_with(executor_, blocks(), std::move(reply),
                [file = file_] { return filesystem_stats(file->fd.get()); });
}

void LocalFile::copy_to(std::uint64_t from, std::uint64_t length, sftp::File& to, std::uint64_t at,
                        Reply<void> reply) {
    const auto* target = dynamic_cast<LocalFile*>(&to);
    if (target == nullptr || target->file_->tree != file_->tree) {
        reply(failure(Status::op_unsupported, "Not files of one file system"));
        return;
    }
    // Also where the files are memory: a copy has no bound.
    copy_range(file_, target->file_, {from, length, at}, executor_, std::move(reply));
}

void LocalFile::close(sftp::HandleEnd, Reply<void> reply) {
    auto file = std::exchange(file_, nullptr);
    if (!file) {
        reply(failure(Status::invalid_handle));
        return;
    }
    file->abandoned.store(true, std::memory_order_relaxed);
    // What was written may have to go out first (NFS, FUSE); so may what the last name's removal
    // left behind.
    const bool waits =
        file->storage->residence != Residence::memory && (file->flags.write || file->flags.append);
    answer_with(executor_, waits, std::move(reply), [file = std::move(file)]() -> Result<void> {
        // A copy under way still needs the descriptor, and then it closes it.
        if (file.use_count() > 1) return {};
        const int result = ::close(file->fd.release());
        // The descriptor is gone also after EINTR.
        return from_return(result != 0 && errno == EINTR ? 0 : result);
    });
}

}  // namespace nacre::fs
