#include "fs/file_io.hpp"

#include <climits>

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nacre::fs {
namespace {

/// Pieces for one system call. Not initialised: it is large, and only what was added is looked at.
class Vectors {
  public:
    static constexpr std::size_t kMax = IOV_MAX;

    bool full() const noexcept { return count_ == kMax; }
    void add(const std::uint8_t* data, std::size_t size) noexcept {
        // iovec is not const for those who write.
        entries_[count_++] = {const_cast<std::uint8_t*>(data), size};
    }
    const iovec* data() const noexcept { return entries_.data(); }
    int count() const noexcept { return static_cast<int>(count_); }

  private:
    std::array<iovec, kMax> entries_;
    std::size_t count_ = 0;
};

}  // namespace

int fill(int fd, std::uint64_t offset, sftp::ReadBuffer& buffer, int flags) noexcept {
    for (;;) {
        const std::uint64_t at = offset + buffer.filled;
        // A range that ends beyond the last offset is EINVAL to the kernel.
        std::uint64_t left = kMaxOffset - std::min(at, kMaxOffset);
        Vectors vectors;
        std::size_t skip = buffer.skip + buffer.filled;
        buffer.frames.for_each([&](ByteSpan frame) {
            const std::size_t skipped = std::min(skip, frame.size());
            skip -= skipped;
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(frame.size() - skipped, left));
            if (size == 0 || vectors.full()) return;
            vectors.add(frame.data() + skipped, size);
            left -= size;
        });
        if (vectors.count() == 0) return 0;
        const ssize_t n =
            ::preadv2(fd, vectors.data(), vectors.count(), static_cast<off_t>(at), flags);
        if (n == 0) return 0;
        if (n > 0) {
            buffer.filled += static_cast<std::size_t>(n);
        } else if (errno != EINTR) {
            return errno;
        }
    }
}

void write_pieces(int fd, std::uint64_t offset, sftp::WriteBuffer& buffer) noexcept {
    buffer.written = 0;
    buffer.error.reset();
    std::size_t first = 0;  // the piece that is not written yet, and how much of it is
    std::size_t done = 0;
    while (first < buffer.pieces.size()) {
        Vectors vectors;
        for (std::size_t i = first; i < buffer.pieces.size() && !vectors.full(); ++i) {
            const ByteView bytes = buffer.pieces[i].bytes.subspan(i == first ? done : 0);
            vectors.add(bytes.data(), bytes.size());
        }
        const std::uint64_t at = offset + buffer.written;
        if (at > kMaxOffset) {
            buffer.error = sftp::failure_from_errno(EFBIG);
            return;
        }
        const ssize_t n = ::pwritev(fd, vectors.data(), vectors.count(), static_cast<off_t>(at));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            buffer.error = sftp::failure_from_errno(errno);
            return;
        }
        auto moved = static_cast<std::size_t>(n);
        buffer.written += moved;
        const std::size_t before = first;
        while (first < buffer.pieces.size() && moved >= buffer.pieces[first].bytes.size() - done) {
            moved -= buffer.pieces[first].bytes.size() - done;
            done = 0;
            ++first;
        }
        done += moved;
        if (n == 0 && first == before) {
            buffer.error = sftp::failure(sftp::Status::failure, "Short write");
            return;
        }
    }
}

}  // namespace nacre::fs
