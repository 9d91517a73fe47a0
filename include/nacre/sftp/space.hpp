/// \file
/// What is known of the disk below a file.
#pragma once
#include <cstdint>

namespace nacre::sftp {

/// statvfs@openssh.com; space-available is computed from it.
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
