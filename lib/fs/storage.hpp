/// \file
/// What is known of the file systems that files are on.
#pragma once
#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace nacre::fs {

/// One mounted file system. Usable on all threads.
struct Storage {
    explicit Storage(bool is_memory) noexcept : memory(is_memory) {}
    const bool memory;  ///< never waits: tmpfs, or a device like /dev/null
    /// Whether preadv2(2) takes RWF_NOWAIT, as far as is known.
    std::atomic<bool> knows_nowait{true};
};

/// The file systems met so far, by st_dev. Usable on all threads.
class StorageTable {
  public:
    static constexpr std::size_t kMaxStorages = 64;  ///< remembered

    /// Of the file behind `fd`, whose fstat(2) is `status`.
    std::shared_ptr<Storage> of(int fd, const struct stat& status);

  private:
    std::mutex mutex_;
    std::vector<std::pair<dev_t, std::shared_ptr<Storage>>> known_;
};

}  // namespace nacre::fs
