/// \file
/// What a server of files implements. Every operation is answered once, now or later; errors are
/// made by sftp::failure(). Paths are as the client sent them: '/' separates, relative ones begin
/// at home, "" is home; bytes without NUL, at most 4,096.
#pragma once
#include <nacre/base/frame.hpp>
#include <nacre/base/reply.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/sftp/attrs.hpp>
#include <nacre/sftp/status.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftp {

struct OpenFlags {
    bool read = false;
    bool write = false;
    bool append = false;  ///< writes go to the end, whatever their offset
    bool create = false;
    bool truncate = false;
    bool exclusive = false;  ///< with create: fail if it exists
};

/// Frames to read file bytes into; travels to the file and back. The first `skip` bytes of the
/// frames' payloads are not to be touched, the rest is to be filled from the front.
struct ReadBuffer {
    FrameList frames;
    std::size_t skip = 0;
    std::size_t filled = 0;  ///< set by the file: bytes read; fewer than there is room: end of file
};

/// Pieces of one contiguous write; travel to the file and back, so that their memory is used again.
struct WriteBuffer {
    std::vector<Payload> pieces;
    std::size_t written = 0;  ///< set by the file: bytes written from the front, all unless `error`
    std::optional<Error> error;  ///< set by the file: why it ended short
};

/// An open file. Shared: an operation in flight keeps it alive. Operations on one file may overlap
/// only as the engine allows: reads and writes of disjoint ranges.
class File {
  public:
    virtual ~File() = default;
    /// Fills the buffer from `offset`, completely except at end of file. filled == 0: end of file.
    virtual void read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply) = 0;
    /// Writes all pieces, one after the other, at `offset` (at the end for append).
    virtual void write(std::uint64_t offset, WriteBuffer buffer, Reply<WriteBuffer> reply) = 0;
    virtual void stat(Reply<Attrs> reply) = 0;
    virtual void set_stat(const Attrs& attrs, Reply<void> reply) = 0;
    virtual void sync(Reply<void> reply) = 0;
    virtual void stat_filesystem(Reply<FilesystemStats> reply) = 0;
    /// Copies `length` bytes (0: to the end) to another file of the same Filesystem (copy-data);
    /// refuses the same file. Answers eof when the source ends before a length > 0.
    virtual void copy_to(std::uint64_t from, std::uint64_t length, File& to, std::uint64_t at,
                         Reply<void> reply) = 0;
    /// No operation follows. Errors of delayed writing are answered here.
    virtual void close(Reply<void> reply) = 0;
};

/// An open directory.
class Directory {
  public:
    virtual ~Directory() = default;
    /// The next entries, at most `max_entries` (> 0); "." and ".." among them. Empty: end.
    virtual void read(std::size_t max_entries, Reply<std::vector<DirEntry>> reply) = 0;
};

enum class Follow : std::uint8_t { no, yes };

/// One per login. Operations other than those of File come one at a time.
class Filesystem {
  public:
    virtual ~Filesystem() = default;
    /// `attrs`: permissions of a new file.
    virtual void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
                      Reply<std::shared_ptr<File>> reply) = 0;
    virtual void open_directory(std::string_view path, Reply<std::shared_ptr<Directory>> reply) = 0;
    virtual void stat(std::string_view path, Follow follow, Reply<Attrs> reply) = 0;
    virtual void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                          Reply<void> reply) = 0;
    virtual void remove(std::string_view path, Reply<void> reply) = 0;
    virtual void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) = 0;
    virtual void remove_directory(std::string_view path, Reply<void> reply) = 0;
    /// The canonical absolute path as the client sees it. A missing last component is no error.
    virtual void real_path(std::string_view path, Reply<std::string> reply) = 0;
    /// overwrite: an existing target is replaced atomically (posix-rename@openssh.com); else it is
    /// an error, without a moment in which either name is missing.
    virtual void rename(std::string_view from, std::string_view to, bool overwrite,
                        Reply<void> reply) = 0;
    virtual void read_link(std::string_view path, Reply<std::string> reply) = 0;
    /// `target` is stored as it is.
    virtual void symlink(std::string_view target, std::string_view link, Reply<void> reply) = 0;
    virtual void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) = 0;
    virtual void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) = 0;
    /// Home of `user` ("": of the login), as the client sees it. Default: "/" for the login itself,
    /// no_such_file for others.
    virtual void home_directory(std::string_view user, Reply<std::string> reply);
    /// Names of numeric ids, in order; empty where unknown. Default: all empty.
    virtual void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                          Reply<std::pair<std::vector<std::string>, std::vector<std::string>>> r);
    /// A channel that used this has ended, and its files have answered close(). An operation on a
    /// path that was still under way may answer later; nobody hears it.
    virtual void on_end() {}
};

}  // namespace nacre::sftp
