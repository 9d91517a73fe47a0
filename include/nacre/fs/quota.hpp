/// \file
/// How much the files of a user may take.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace nacre::fs {

/// A limit for the sizes of all regular files of one root together, shared by the logins of a user.
/// Each file counts once, with its size and not with its blocks, in the folders too that clients
/// cannot reach. Counted when it is first needed, in the executor, and from then on as clients
/// write, cut, remove and replace; what other programs change in the root is not noticed. Atomic
/// uploads and copies count while they are made, beside what they will replace; a copy may go
/// beyond the limit by one piece (4 MiB). Usable on all
/// threads.
class Quota {
  public:
    /// A file that is open for changing; its handles share it.
    struct File {
        std::mutex mutex;
        std::uint64_t size = 0;  ///< as it is counted
        bool nameless = false;   ///< it counts until the last handle is gone
    };
    using FileId = std::pair<std::uint64_t, std::uint64_t>;  ///< device and inode

    explicit Quota(std::uint64_t limit) noexcept : limit_(limit) {}

    std::uint64_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
    void set_limit(std::uint64_t bytes) noexcept { limit_ = bytes; }
    /// 0 until it was counted. May be above a limit that was set later.
    std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
    std::uint64_t left() const noexcept;
    bool counted() const noexcept { return counted_.load(std::memory_order_acquire); }

    // For file systems:

    /// Counts what is in the folder, unless it was done; another thread that does it is waited for.
    void count(int root);
    /// Of the file with that id, which keeps its count while it is open. The quota must outlive it.
    std::shared_ptr<File> file(FileId id, std::uint64_t size);
    /// Whether the file may be that large; then it counts so. Smaller than it is: nothing happens.
    bool grow(File& file, std::uint64_t size) noexcept;
    /// What it was cut to, or has come to, whatever the limit says.
    void settle(File& file, std::uint64_t size) noexcept;
    /// The last name of a file of this size is gone; while it is open, it still counts.
    void name_gone(FileId id, std::uint64_t size);

  private:
    void give_back(std::uint64_t size) noexcept;

    std::atomic<std::uint64_t> limit_;
    std::atomic<std::uint64_t> used_{0};
    std::atomic<bool> counted_{false};
    std::mutex mutex_;
    std::mutex counting_;
    std::map<FileId, std::weak_ptr<File>> files_;
};

}  // namespace nacre::fs
