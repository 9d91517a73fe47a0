/// \file
/// What local file systems have in common.
#pragma once
#include "fs/posix_names.hpp"
#include "sftp/range_locks.hpp"

#include <nacre/fs/local_filesystem.hpp>

#include <sys/stat.h>

#include <atomic>
#include <ctime>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace nacre::fs {

inline sftp::FileIdentity id_of(const struct stat& status) noexcept {
    return {status.st_dev, status.st_ino};
}

/// Usable on all threads.
class LocalShared {
  public:
    LocalShared();

    PosixNames names;
    const std::shared_ptr<sftp::RangeLocks> locks = std::make_shared<sftp::RangeLocks>();
    /// Whether anybody ever kept others from removing a file; till then nobody needs to look.
    std::atomic<bool> deletes_blocked{false};

    /// When it was made: nothing that this program writes is older.
    const timespec& started() const noexcept { return started_; }
    /// Whether nobody asked so before. \param root  a folder
    bool first_of(const std::string& root);

  private:
    timespec started_;
    std::mutex mutex_;
    std::set<std::string> roots_;
};

}  // namespace nacre::fs
