/// \file
/// A folder of the machine as a Filesystem, jailed by the kernel (openat2, RESOLVE_IN_ROOT).
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/fs/quota.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace nacre::fs {

/// What many local file systems, of any threads, have in common: the names of users and groups, and
/// the locks on files.
class LocalShared;
std::shared_ptr<LocalShared> make_local_shared();

/// Files appear, or are replaced, when they are whole.
///
/// What is opened for writing only, with CREAT or TRUNC but without APPEND, goes into a new file
/// without a name, in the folder where it is to appear. The client's CLOSE gives it its name, in
/// one step; if that fails, or a WRITE failed before, CLOSE answers the error and what was there
/// stays. Not so: what is opened for reading too, for appending, without TRUNC where there is a
/// file already, with block bits or to be deleted on close, and what is no regular file.
///
/// A new file has the mode and owner that it would have had without this; one that replaces another
/// has that one's mode, owner and POSIX ACL, else it is not opened. It is another file: other hard
/// links to the old one keep the old bytes. Until CLOSE the name shows what was there before:
/// nothing, or the old file; the handle's FSTAT and FSETSTAT mean the new one. (sshfs looks for a
/// file that it made before it closes it, and cannot be used with this.)
///
/// Where the file system keeps no file without a name, it has one that begins with
/// ".nacre-upload-" meanwhile. For clients there are no such names: they are not listed, and a path
/// with one in it answers no_such_file whatever is done with it. Those that a program left behind
/// when it was killed are removed at start: regular files of our user, older than this program,
/// that no process has locked.
struct AtomicUpload {
    /// What becomes of a file whose handle ends other than by CLOSE.
    enum class Unfinished : std::uint8_t {
        remove,
        keep,  ///< unless it is empty, as "NAME.partial-" and eight hexadecimal digits
    };

    bool enabled = false;
    bool sync = false;  ///< CLOSE answers when file and name are on disk
    Unfinished unfinished = Unfinished::remove;
    /// As where the file system keeps no file without a name: for tests.
    bool always_named = false;
};

/// ACLs are POSIX ACLs, where the file system has them: what a client sets is mapped so that nobody
/// gets more than it asks for, or refused (op_unsupported). With permissions beside it, the ACL
/// decides on reading, writing and executing, the permissions on the rest. Something new gets the
/// ACL that it is opened or made with, or is not made.
struct LocalFilesystemConfig {
    std::string root;        ///< the client's "/"; must exist
    std::string home = "/";  ///< where relative paths begin, as the client sees it
    /// A folder below the root, as the client sees it; with what is in it, it is all that clients
    /// reach. Empty or "/": the whole root. Paths are still named from the root: they begin with
    /// this one, as REALPATH answers them, and absolute links lead to where they say. A `home`
    /// elsewhere becomes this folder.
    ///
    /// The folders above it have a path (REALPATH), are folders that only may be looked at (STAT)
    /// and list the one name that leads on; to change something there is permission_denied. All
    /// other paths answer no_such_file, whether they exist or not.
    std::string confine;
    bool read_only = false;  ///< files are opened for reading only, whatever is asked
    /// Bits of modes that clients may set; setuid, setgid and sticky are dropped by default. ACLs
    /// keep within them too.
    std::uint32_t mode_mask = 0777;
    /// Taken from the modes of what clients make, beside the umask of the process, and from the
    /// ACLs that they give it. Not from modes that they set later.
    std::uint32_t umask = 0;
    bool numeric_names_only = false;  ///< owners are shown by number, and no name is looked up
    /// Where the homes of others are, is told; else "no such file", as for users that are not
    /// there. Of use only where the root is that of the machine.
    bool allow_other_homes = false;
    AtomicUpload atomic_upload;
    /// A folder as the client sees it, for get-temp-folder and make-temp-folder, which makes
    /// folders "tmp-" and sixteen random digits in it (mode 0700). Empty: there are no such
    /// extensions.
    std::string temporary_folder;
    std::shared_ptr<Quota> quota;  ///< null: as much as the disk has
    bool allow_devices = false;    ///< character devices may be opened (/dev/null for measurements)
    /// Resolve with a walk of O_NOFOLLOW steps even where openat2 works: for tests.
    bool force_walk = false;
    /// What the sessions of one server share; null: those of one LocalFolder share their own.
    std::shared_ptr<LocalShared> shared;
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
