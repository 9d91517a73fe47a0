#include "fs/copy_range.hpp"

#include "fs/file_io.hpp"
#include "fs/local_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::Status;

/// What is copied before it is looked whether anybody still waits.
constexpr std::size_t kKernelChunk = 4 * 1024 * 1024;
constexpr std::size_t kOwnChunk = 256 * 1024;

/// Copied before other work gets its turn.
constexpr std::uint64_t kSlice = 64 * 1024 * 1024;

class Copier {
  public:
    Copier(const OpenFile& source, const OpenFile& target, CopyRange range)
        : source_(source),
          target_(target),
          range_(range),
          to_end_(range.length == 0),
          kernel_(!target.flags.append) {}

    /// Copies at most about `slice` bytes: whether all is done.
    Result<bool> run(std::uint64_t slice) {
        const bool to_end = to_end_;
        std::uint64_t done = 0;
        while (to_end || range_.length != 0) {
            if (done >= slice) return false;
            NACRE_CHECK(target_.quota.has_room(range_.at + 1));
            if (abandoned()) return failure(Status::failure, "Cancelled");
            const std::size_t chunk = kernel_ ? kKernelChunk : kOwnChunk;
            const auto want =
                to_end ? chunk
                       : static_cast<std::size_t>(std::min<std::uint64_t>(chunk, range_.length));
            if (range_.from > kMaxOffset - want || range_.at > kMaxOffset - want)
                return failure_from_errno(EFBIG);
            const ssize_t n = kernel_ ? copy_in_kernel(want) : copy_through_buffer(want);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return failure_from_errno(errno);
            if (n == 0 && kernel_) {
                // Files of /proc say that they are empty.
                kernel_ = false;
                continue;
            }
            if (n == 0) break;
            const auto copied = static_cast<std::uint64_t>(n);
            // Known only now: what is there may end before `want`.
            target_.quota.settle_above(range_.at + copied);
            range_.from += copied;
            range_.at += copied;
            if (!to_end) range_.length -= copied;
            done += copied;
        }
        if (!to_end && range_.length != 0) return failure(Status::eof);
        return true;
    }

  private:
    bool abandoned() const noexcept {
        return source_.abandoned.load(std::memory_order_relaxed) ||
               target_.abandoned.load(std::memory_order_relaxed);
    }

    ssize_t copy_in_kernel(std::size_t want) noexcept {
        auto from = static_cast<off64_t>(range_.from);
        auto at = static_cast<off64_t>(range_.at);
        const ssize_t n =
            ::copy_file_range(source_.fd.get(), &from, target_.fd.get(), &at, want, 0);
        if (n >= 0 || errno == EINTR) return n;
        const bool may_do = errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP ||
                            errno == ENOSYS || errno == EPERM || errno == ETXTBSY;
        if (!may_do) return n;
        kernel_ = false;
        return copy_through_buffer(std::min(want, kOwnChunk));
    }

    ssize_t copy_through_buffer(std::size_t want) {
        buffer_.resize(kOwnChunk);
        const ssize_t n =
            ::pread(source_.fd.get(), buffer_.data(), want, static_cast<off_t>(range_.from));
        ssize_t written = 0;
        while (written < n) {
            const ssize_t m = ::pwrite(target_.fd.get(), buffer_.data() + written,
                                       static_cast<std::size_t>(n - written),
                                       static_cast<off_t>(range_.at) + written);
            if (m < 0 && errno == EINTR) continue;
            if (m < 0) return m;
            written += m;
        }
        return n;
    }

    const OpenFile& source_;
    const OpenFile& target_;
    CopyRange range_;
    const bool to_end_;
    bool kernel_;
    std::vector<std::uint8_t> buffer_;
};

/// One slice; the next one is a job again.
class CopyJob final : public Job {
  public:
    CopyJob(std::shared_ptr<const OpenFile> source, std::shared_ptr<const OpenFile> target,
            CopyRange range, Executor& executor, Reply<void> reply)
        : source_(std::move(source)),
          target_(std::move(target)),
          copier_(*source_, *target_, range),
          executor_(executor),
          reply_(std::move(reply)),
          mark_(&target_->copies) {
        ++*mark_;
    }
    CopyJob(CopyJob&& before) = default;

    void run() override {
        // Without other threads nobody waits for a turn, and jobs would nest.
        const bool alone = &executor_ == &inline_executor();
        done_ = copier_.run(alone ? UINT64_MAX : kSlice);
    }
    void finish() override {
        if (!done_) return reply_(done_.error());
        if (*done_) {
            mark_.reset();
            return reply_({});
        }
        executor_.submit(std::make_unique<CopyJob>(std::move(*this)));
    }

  private:
    std::shared_ptr<const OpenFile> source_;
    std::shared_ptr<const OpenFile> target_;
    Copier copier_;
    Executor& executor_;
    Reply<void> reply_;
    Result<bool> done_ = false;

    struct Unmark {
        void operator()(std::atomic<int>* copies) const noexcept { --*copies; }
    };
    std::unique_ptr<std::atomic<int>, Unmark> mark_;
};

}  // namespace

void copy_range(std::shared_ptr<const OpenFile> source, std::shared_ptr<const OpenFile> target,
                CopyRange range, Executor& executor, Reply<void> reply) {
    struct stat from {};
    struct stat to {};
    if (::fstat(source->fd.get(), &from) != 0 || ::fstat(target->fd.get(), &to) != 0)
        return reply(failure_from_errno(errno));
    if (from.st_dev == to.st_dev && from.st_ino == to.st_ino)
        return reply(failure(Status::failure, "Source and target are the same"));
    executor.submit(std::make_unique<CopyJob>(std::move(source), std::move(target), range, executor,
                                              std::move(reply)));
}

}  // namespace nacre::fs
