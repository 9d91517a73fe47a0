/// \file
/// A folder of the machine as a Filesystem, jailed by the kernel (openat2, RESOLVE_IN_ROOT).
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <memory>
#include <string>

namespace nacre::fs {

struct LocalFilesystemConfig {
    std::string root;        ///< the client's "/"; must exist
    std::string home = "/";  ///< where relative paths begin, as the client sees it
    bool read_only = false;  ///< files are opened for reading only, whatever is asked
    /// Bits of modes that clients may set; setuid, setgid and sticky are dropped by default.
    std::uint32_t mode_mask = 0777;
    bool allow_devices = false;  ///< character devices may be opened (/dev/null for measurements)
    /// Resolve with a walk of O_NOFOLLOW steps even where openat2 works: for tests.
    bool force_walk = false;
};

/// Operations that may block run in `executor` (inline_executor(): all on the caller's thread);
/// what the page cache can answer at once is answered at once. Errors: local_failed (detail errno)
/// when the root cannot be opened.
Result<std::shared_ptr<sftp::Filesystem>> make_local_filesystem(LocalFilesystemConfig config,
                                                                Executor& executor);

class LocalTree;

/// One folder for the file systems of many sessions, which share its descriptor and what is known
/// of names and disks. One thread: that of its executor.
class LocalFolder {
  public:
    /// `executor` must outlive the file systems, not the folder.
    LocalFolder(LocalFilesystemConfig config, Executor& executor);
    ~LocalFolder();
    LocalFolder(LocalFolder&&) noexcept;

    /// As make_local_filesystem(). Opens the folder when it was not open, or when by now another
    /// one has its name; costs one system call otherwise.
    Result<std::shared_ptr<sftp::Filesystem>> filesystem();

  private:
    LocalFilesystemConfig config_;
    Executor& executor_;
    std::shared_ptr<LocalTree> tree_;
};

}  // namespace nacre::fs
