/// \file
/// Files that get their name when they are whole.
#pragma once
#include "fs/jail.hpp"

#include <nacre/base/result.hpp>

#include <sys/stat.h>

#include <ctime>
#include <string>
#include <string_view>

namespace nacre::fs {

/// What the names of unfinished files begin with, on file systems that cannot keep them without a
/// name. A lock of flock(2) is on them as long as they are in use.
constexpr std::string_view kUnfinishedPrefix = ".nacre-upload-";
/// What kept ones have between the name that they were to get and eight random digits.
constexpr std::string_view kPartialInfix = ".partial-";

/// A new file without a name (O_TMPFILE), or else with a temporary one, in the folder where it is
/// to appear. Whatever is neither published nor kept is gone. Blocks.
class Upload {
  public:
    enum class Target : std::uint8_t {
        is_new,   ///< the name must be free when the file gets it
        replace,  ///< what has the name then is replaced
    };

    /// \param place  with a name
    /// \param flags  O_WRONLY or O_RDWR
    /// \param named  with a temporary name from the start
    static Result<Upload> make(Jail::Place place, Target target, int flags, mode_t mode,
                               bool named);
    Upload(Upload&& other) noexcept = default;
    Upload& operator=(Upload&& other) noexcept = default;
    ~Upload();

    /// The new file, open; the caller's from now on. Once, and not for nothing: the other functions
    /// want it again.
    OwnedFd take_file() noexcept { return std::move(file_); }

    const Jail::Place& place() const noexcept { return place_; }

    /// Gives the file its name, atomically. \param sync  first all of it, then the name, is on disk
    Result<void> publish(int file, bool sync);
    /// Gives the file the name that a file gets that is kept but not whole.
    Result<void> keep(int file);

  private:
    Upload(Jail::Place place, Target target) : place_(std::move(place)), target_(target) {}
    int folder() const noexcept { return place_.folder.get(); }
    int name_it(int file, const std::string& name) noexcept;
    int replace(int file);
    int sync_folder() const noexcept;

    Jail::Place place_;
    Target target_;
    OwnedFd file_;
    std::string temporary_;  ///< empty: the file has no name
};

/// Gives a new file what the one has that it is to replace: mode, owner and POSIX ACL. 0, or errno.
int take_over(int new_file, int old_file, const struct stat& old_status) noexcept;

/// Whether a file of this name, directly in the open directory `folder`, was left behind by a
/// program that is gone: a regular file of ours, changed last before `started`, that nobody holds
/// locked.
bool is_left_over(int folder, const char* name, const struct stat& status,
                  const timespec& started) noexcept;

}  // namespace nacre::fs
