/// \file
/// Copying from file to file, for copy-data.
#pragma once
#include <nacre/base/result.hpp>

#include <cstdint>

namespace nacre::fs {

struct OpenFile;

struct CopyRange {
    std::uint64_t from = 0;
    std::uint64_t length = 0;  ///< 0: to the end
    std::uint64_t at = 0;
};

/// Blocks until it is done, failed, or one of the files is abandoned. Errors: eof when the source
/// is shorter than `length`; refuses source and target being the same file.
Result<void> copy_range(const OpenFile& source, const OpenFile& target, CopyRange range);

}  // namespace nacre::fs
