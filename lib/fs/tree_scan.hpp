/// \file
/// Looking at everything below a folder.
#pragma once
#include <sys/stat.h>

#include <functional>

namespace nacre::fs {

/// Deeper folders are left out.
constexpr int kMaxScanDepth = 256;

/// Calls `visit` for all that is below the folder, itself left out: with the open directory it is
/// in, its name and what it is. Follows no links, stays on the folder's file system; what cannot be
/// read, or goes away meanwhile, is left out. Blocks, for long. \param root  may be O_PATH
void scan_tree(int root,
               const std::function<void(int folder, const char* name, const struct stat&)>& visit);

}  // namespace nacre::fs
