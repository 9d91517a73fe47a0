/// \file
/// Copying from file to file, for copy-data.
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/base/reply.hpp>

#include <cstdint>
#include <memory>

namespace nacre::fs {

struct OpenFile;

struct CopyRange {
    std::uint64_t from = 0;
    std::uint64_t length = 0;  ///< 0: to the end
    std::uint64_t at = 0;
};

/// Copies in the executor, a slice at a time, so that other work of the same threads gets its turn,
/// until it is done, failed, or one of the files is abandoned. Errors: eof when the source is
/// shorter than `length`; refuses source and target being the same file.
void copy_range(std::shared_ptr<const OpenFile> source, std::shared_ptr<const OpenFile> target,
                CopyRange range, Executor& executor, Reply<void> reply);

}  // namespace nacre::fs
