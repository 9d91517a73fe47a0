/// \file
/// Open files and directories, as a server of files implements them.
#pragma once
#include <nacre/base/frame.hpp>
#include <nacre/base/reply.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/sftp/attrs.hpp>
#include <nacre/sftp/space.hpp>
#include <nacre/sftp/status.hpp>

#include <compare>
#include <memory>
#include <vector>

namespace nacre::sftp {

/// What a byte range is to be kept from, and how: bits SSH_FXF_BLOCK_* (draft-13 s8.1.1).
using BlockMask = std::uint32_t;
constexpr BlockMask kBlockRead = 0x040;
constexpr BlockMask kBlockWrite = 0x080;
constexpr BlockMask kBlockDelete = 0x100;
constexpr BlockMask kBlockAdvisory = 0x200;  ///< binds only those who ask for it too

/// How a file is to be opened. All versions are brought into these terms; what an access mask of
/// versions 5 and 6 asks for in detail stands in `access` beside them.
struct OpenFlags {
    bool read = false;
    bool write = false;
    bool append = false;  ///< writes go to the end, whatever their offset
    bool create = false;
    bool truncate = false;
    bool exclusive = false;        ///< with create: fail if it exists
    bool no_follow = false;        ///< link_loop if the path names a symbolic link
    bool delete_on_close = false;  ///< remove the name when the handle ends
    bool text = false;             ///< lines, see the engine's newline; files need not look at it
    BlockMask block = 0;           ///< what others may not do while it is open
    std::uint32_t access = 0;      ///< kAce*; 0 from versions 3 and 4
};

/// Frames to read file bytes into; travels to the file and back. The first `skip` bytes of the
/// frames' payloads are not to be touched, the rest is to be filled from the front.
struct ReadBuffer {
    FrameList frames;
    std::size_t skip = 0;
    /// Set by the file: bytes read. Fewer than there is room: the end of the file, unless
    /// `stopped`.
    std::size_t filled = 0;
    /// Set by the file: an error is behind those bytes, which are some. It comes again when what is
    /// missing is read.
    bool stopped = false;
};

/// Pieces of one contiguous write; travel to the file and back, so that their memory is used again.
struct WriteBuffer {
    std::vector<Payload> pieces;
    std::size_t written = 0;  ///< set by the file: bytes written from the front, all unless `error`
    std::optional<Error> error;  ///< set by the file: why it ended short
};

/// Why a handle ends.
enum class HandleEnd : std::uint8_t {
    closed,       ///< the client's CLOSE: what was written is whole
    by_client,    ///< the client ended its session in order and left the handle open
    link_lost,    ///< the connection broke
    write_error,  ///< answers could not be delivered
    by_server,    ///< the server ended the session
};

/// A file, by what stays when its names change.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// An open file. Shared: an operation in flight keeps it alive. Operations on one file may overlap
/// only as the engine allows: reads and writes of disjoint ranges. Each is answered once, now or
/// later; what is not overridden answers op_unsupported.
class File {
  public:
    virtual ~File() = default;
    /// Which file it is, so that requests through several handles of it keep their order. Unknown:
    /// it may be any.
    virtual std::optional<FileIdentity> identity() const noexcept { return {}; }
    /// Fills the buffer from `offset`, completely except at the end of the file or in front of an
    /// error (ReadBuffer::stopped). filled == 0: end of file.
    virtual void read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply);
    /// Writes all pieces, one after the other, at `offset` (at the end for append).
    virtual void write(std::uint64_t offset, WriteBuffer buffer, Reply<WriteBuffer> reply);
    /// At least what of `wanted` there is; more does no harm.
    virtual void stat(AttrMask wanted, Reply<Attrs> reply);
    virtual void set_stat(const Attrs& attrs, Reply<void> reply);
    virtual void sync(Reply<void> reply);
    virtual void stat_filesystem(Reply<FilesystemStats> reply);
    /// Copies `length` bytes (0: to the end) to another file of the same Filesystem (copy-data);
    /// refuses the same file. Answers eof when the source ends before a length > 0.
    virtual void copy_to(std::uint64_t from, std::uint64_t length, File& to, std::uint64_t at,
                         Reply<void> reply);
    /// Locks a range; length 0: from `offset` to the end, however far the file grows. Overlapping a
    /// range that is locked, by this handle too: byte_range_lock_refused (draft-13 s8.9.1).
    virtual void block(std::uint64_t offset, std::uint64_t length, BlockMask mask,
                       Reply<void> reply);
    /// Unlocks exactly a range that block() locked, else no_matching_byte_range_lock.
    virtual void unblock(std::uint64_t offset, std::uint64_t length, Reply<void> reply);
    /// No operation follows. Errors of delayed writing are answered here. Default: ok.
    virtual void close(HandleEnd why, Reply<void> reply);
};

/// An open directory.
class Directory {
  public:
    virtual ~Directory() = default;
    /// The next entries, at most `max_entries` (> 0); "." and ".." among them. Empty: end.
    virtual void read(std::size_t max_entries, Reply<std::vector<DirEntry>> reply) = 0;
    /// FSTAT and FSETSTAT of the directory itself (version 6). Default: op_unsupported.
    virtual void stat(AttrMask wanted, Reply<Attrs> reply);
    virtual void set_stat(const Attrs& attrs, Reply<void> reply);
    /// No operation follows. Default: nothing.
    virtual void close(HandleEnd why);
};

}  // namespace nacre::sftp
