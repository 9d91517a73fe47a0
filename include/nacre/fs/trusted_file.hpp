/// \file
/// A file of which logins depend, read for each of them.
#pragma once
#include <nacre/base/time.hpp>
#include <nacre/fs/key_files.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace nacre {

/// The text of a file that read_authorized_keys_file() takes, as it is at the moment. While a file
/// that no server keeps stays the same - device, inode, size and the times of its last change, in
/// nanoseconds - it is not read again, and the folders above it are looked at once a second: four
/// system calls instead of about twenty-five. Usable from every thread.
class TrustedFile {
  public:
    /// The clock that the times of files are from. It ticks: what was written within a second
    /// before it was read may change and look the same, and so is read again.
    using WallTime = std::chrono::system_clock::time_point;

    TrustedFile(std::string path, StrictModes strict);

    const std::string& path() const noexcept { return path_; }
    /// The same pointer as long as the text is the same. Errors: as read_authorized_keys_file().
    /// Blocks, unless can_read_at_once() was just true.
    FileResult<std::shared_ptr<const std::string>> read(
        Instant now = std::chrono::steady_clock::now(),
        WallTime wall = std::chrono::system_clock::now());
    /// As reads_at_once(), for fewer system calls while the file stays the same.
    bool can_read_at_once(Instant now = std::chrono::steady_clock::now());

  private:
    /// What changes when a file does.
    struct Stamp {
        std::uint64_t device = 0, inode = 0, size = 0;
        std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970
        bool operator==(const Stamp&) const = default;
    };
    struct Known {
        std::shared_ptr<const std::string> text;  // null: nothing
        Stamp stamp;
        Instant looked_at{};   // the folders
        bool settled = false;  // no later change has this stamp
    };

    std::optional<Known> usable(Instant now) const;

    const std::string path_;
    const StrictModes strict_;
    mutable std::mutex mutex_;
    Known known_;
    bool local_ = false;  // no server keeps the file, which would have to be asked
};

}  // namespace nacre
