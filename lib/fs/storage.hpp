/// \file
/// What is known of the file systems that files are on.
#pragma once
#include "fs/owned_fd.hpp"

#include <sys/stat.h>

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
/// answer: the kernel's list of mounts tells what they are. Mounts whose ids are given to no other
/// mount after them (Linux 6.8) are looked up once, others whenever poll(2) says that the list has
/// changed. Without /proc all is remote. Usable on all threads.
class StorageTable {
  public:
    /// \param unique_ids  whether to use those that no other mount ever gets, where there are any
    explicit StorageTable(bool unique_ids = true);

    /// Of the file behind `fd`, which may be one of O_PATH. One or two system calls, which do not
    /// wait. What is neither a file nor a folder counts as remote, but for devices like /dev/null.
    /// \param status  set: its type and size as known here, without asking a server; or zeros
    std::shared_ptr<Storage> of(int fd, struct statx& status);
    std::shared_ptr<Storage> of(int fd);

  private:
    bool changed() noexcept;
    void read_mounts();
    std::shared_ptr<Storage> listed(std::uint64_t mount);

    const unsigned wanted_;  // STATX_...
    std::mutex mutex_;
    OwnedFd mounts_;  // open on the list
    using Known = std::vector<std::pair<std::uint64_t, std::shared_ptr<Storage>>>;
    Known listed_;  // by the mount's id in the list, which the next one may get
    Known unique_;  // by the id that no other mount ever gets; those that were asked for
    const std::shared_ptr<Storage> memory_;
    const std::shared_ptr<Storage> remote_;
};

}  // namespace nacre::fs
