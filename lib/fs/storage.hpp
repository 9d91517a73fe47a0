/// \file
/// What is known of the file systems that files are on.
#pragma once
#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace nacre::fs {

/// How long an operation may wait for what a file system keeps things on.
enum class Residence : std::uint8_t {
    remote,  ///< for a network, or for a program: what is not known to be anything else
    disk,    ///< for a local disk; what is in the kernel's caches is there at once
    memory,  ///< never
};

/// Of the file system that `fd` is on. One system call, which does not wait unless it is remote.
Residence residence_of(int fd) noexcept;

/// One mounted file system. Usable on all threads.
struct Storage {
    explicit Storage(Residence where) noexcept
        : residence(where), memory(where == Residence::memory) {}
    const Residence residence;
    const bool memory;  ///< tmpfs, or a device like /dev/null
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
