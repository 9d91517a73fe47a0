/// \file
/// A file tree in memory: for tests, for fuzzing, for programs that serve what they compute.
#pragma once
#include <nacre/sftp/filesystem.hpp>

#include <memory>

namespace nacre::sftp {

struct MemoryFilesystemConfig {
    std::uint64_t max_bytes = 64 * 1024 * 1024;  ///< of all files together; then no_space
    std::uint32_t max_nodes = 65536;             ///< files, directories and links
    std::uint32_t uid = 0, gid = 0;
    /// Time for new and changed nodes; null: time stands still at 0, so that runs repeat exactly.
    std::int64_t (*now)() = nullptr;
};

/// An empty tree. Several sessions of one thread may share it, and lock each other out of files.
/// Access control lists and attribute bits are kept and told, and bind nobody. Owners are numbers.
/// Temporary folders are made in /tmp, which appears with the first.
std::shared_ptr<Filesystem> make_memory_filesystem(MemoryFilesystemConfig config = {});

}  // namespace nacre::sftp
