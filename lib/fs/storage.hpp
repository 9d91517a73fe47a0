/// \file
/// What is known of the file systems that files are on.
#pragma once
#include "fs/owned_fd.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace nacre::fs {

using nacre::detail::OwnedFd;

/// How long an operation may wait for what a file system keeps things on.
enum class Residence : std::uint8_t {
    remote,  ///< for a network, or for a program: what is not known to be anything else
    disk,    ///< for a local disk; what is in the kernel's caches is there at once
    memory,  ///< never
};

/// Of a file system of this type, as in /proc/self/mountinfo (proc(5)).
Residence residence_of_type(std::string_view type) noexcept;

/// One mounted file system. Usable on all threads.
struct Storage {
    explicit Storage(Residence where) noexcept : residence(where) {}
    const Residence residence;
    /// Whether preadv2(2) takes RWF_NOWAIT, as far as is known.
    std::atomic<bool> knows_nowait{true};
};

/// The file systems that are mounted. Never asks one of them anything, as a remote one might not
/// answer: the kernel's list of mounts tells what they are, and poll(2) when the list has changed.
/// Without /proc all is remote. Usable on all threads.
class StorageTable {
  public:
    StorageTable();

    /// Of the file behind `fd`, which may be one of O_PATH. Two system calls, which do not wait.
    /// What is neither a file nor a folder counts as remote, but for devices like /dev/null.
    std::shared_ptr<Storage> of(int fd);

  private:
    bool changed() noexcept;
    void read_mounts();

    std::mutex mutex_;
    OwnedFd mounts_;                                                         // open on the list
    std::vector<std::pair<std::uint64_t, std::shared_ptr<Storage>>> known_;  // by id of the mount
    const std::shared_ptr<Storage> memory_;
    const std::shared_ptr<Storage> remote_;
};

}  // namespace nacre::fs
