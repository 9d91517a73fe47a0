/// \file
/// What of a file's attributes goes to its copy.
#pragma once
#include <nacre/sftp/attrs.hpp>

namespace nacre::sftp {

/// \param options  FileOptions or TreeOptions
template <class Options>
Attrs kept_attrs(const Attrs& source, const Options& options) {
    Attrs kept;
    if (options.keep_modes) kept.permissions = source.permissions;
    if (options.keep_times) {
        kept.mtime = source.mtime;
        // Version 3 has only both.
        kept.atime = source.atime ? source.atime : source.mtime;
    }
    return kept;
}

}  // namespace nacre::sftp
