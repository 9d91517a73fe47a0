/// \file
/// File attributes, the union of what all protocol versions know.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace nacre::sftp {

/// draft-ietf-secsh-filexfer-13 s7.2
enum class FileType : std::uint8_t {
    regular = 1,
    directory = 2,
    symlink = 3,
    special = 4,
    unknown = 5,
    socket = 6,
    char_device = 7,
    block_device = 8,
    fifo = 9,
};

struct FileTime {
    std::int64_t seconds = 0;  ///< since 1970, UTC
    std::uint32_t nanoseconds = 0;
    friend bool operator==(const FileTime&, const FileTime&) = default;
};

/// What is set is known (in an answer) or to be changed (in a request).
struct Attrs {
    FileType type = FileType::unknown;
    std::optional<std::uint64_t> size;
    std::optional<std::uint32_t> uid, gid;     ///< both or neither
    std::optional<std::string> owner, group;   ///< names; v4 and up, and for v3's longname
    std::optional<std::uint32_t> permissions;  ///< 07777 bits only, type apart
    std::optional<FileTime> atime, mtime, ctime, createtime;
    std::optional<std::uint32_t> link_count;
};

/// One entry of a directory: a name without path, and what it is itself (links not followed).
struct DirEntry {
    std::string name;
    Attrs attrs;
};

/// statvfs@openssh.com
struct FilesystemStats {
    std::uint64_t block_size = 0;
    std::uint64_t fragment_size = 0;
    std::uint64_t blocks = 0, blocks_free = 0, blocks_available = 0;  ///< in fragment_size
    std::uint64_t files = 0, files_free = 0, files_available = 0;
    std::uint64_t id = 0;
    bool read_only = false;
    bool no_setuid = false;
    std::uint64_t max_name = 0;  ///< bytes
};

}  // namespace nacre::sftp
