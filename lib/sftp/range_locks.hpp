/// \file
/// Which parts of which files are kept from whom: BLOCK and UNBLOCK (draft-13 s8.9) and the block
/// bits of OPEN (draft-13 s8.1.1). Among those who ask one table; the system knows nothing of it.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/sftp/file.hpp>

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace nacre::sftp {

class RangeLocks;

/// What one open of a file locks; ends with it. Default constructed: of no file, locks nothing.
/// Any thread, one call at a time.
class OpenLocks {
  public:
    OpenLocks() noexcept = default;
    OpenLocks(OpenLocks&& other) noexcept { *this = std::move(other); }
    OpenLocks& operator=(OpenLocks&& other) noexcept;
    ~OpenLocks() { release(); }

    /// As File::block. Errors: byte_range_lock_refused for an overlap or one range too many,
    /// invalid_parameter for a mask that blocks nothing or has unknown bits, op_unsupported
    /// without a file.
    Result<void> block(std::uint64_t offset, std::uint64_t length, BlockMask mask);
    /// Exactly what block() locked through this open; else no_matching_byte_range_lock.
    Result<void> unblock(std::uint64_t offset, std::uint64_t length);
    /// Whether unblock() would do it: the same errors, and nothing is done.
    Result<void> holds(std::uint64_t offset, std::uint64_t length) const;
    /// Before reading or writing: byte_range_lock_conflict where another open locks a part of it.
    /// \param use  kBlockRead or kBlockWrite
    /// \param length  0: nothing is touched, all is well
    Result<void> check(BlockMask use, std::uint64_t offset, std::uint64_t length) const;
    void release() noexcept;
    /// Of the file.
    std::optional<FileIdentity> id() const noexcept;
    explicit operator bool() const noexcept { return file_ != nullptr; }

  private:
    friend class RangeLocks;
    /// The locks of one file.
    struct File {
        struct Open {
            std::uint64_t owner = 0;
            BlockMask uses = 0;
            BlockMask block = 0;
        };
        struct Range {
            std::uint64_t owner = 0;
            std::uint64_t offset = 0;
            std::uint64_t length = 0;  ///< as it was asked for; 0: to the end
            BlockMask block = 0;
        };
        FileIdentity id;
        std::vector<Open> opens;
        std::vector<Range> ranges;
        /// How many ranges bind those who did not ask; read without the mutex, for the data path.
        std::atomic<std::size_t> mandatory{0};
    };
    OpenLocks(std::shared_ptr<RangeLocks> table, File* file, std::uint64_t owner) noexcept
        : table_(std::move(table)), file_(file), owner_(owner) {}
    /// With the table's mutex.
    std::vector<File::Range>::iterator find(std::uint64_t offset,
                                            std::uint64_t length) const noexcept;

    std::shared_ptr<RangeLocks> table_;
    File* file_ = nullptr;
    std::uint64_t owner_ = 0;
};

/// The locks of all files of a server. Any thread.
class RangeLocks : public std::enable_shared_from_this<RangeLocks> {
  public:
    /// Most ranges of one file that are locked at once.
    static constexpr std::size_t kMaxRanges = 1024;

    /// Enters an open of a file.
    /// \param uses  what it will do: kBlockRead, kBlockWrite, kBlockDelete
    /// \param block  what others may not do meanwhile (OpenFlags::block); kBlockAdvisory alone
    ///   asks for nothing
    /// Errors: lock_conflict with another open of the same file; invalid_parameter as of block().
    Result<OpenLocks> open(FileIdentity id, BlockMask uses, BlockMask block);
    /// Before a name of the file goes away: lock_conflict if somebody keeps others from that.
    Result<void> check_delete(FileIdentity id) const;

  private:
    friend class OpenLocks;
    using Files = std::map<FileIdentity, std::unique_ptr<OpenLocks::File>>;

    mutable std::mutex mutex_;
    Files files_;
    std::uint64_t last_owner_ = 0;
};

}  // namespace nacre::sftp
