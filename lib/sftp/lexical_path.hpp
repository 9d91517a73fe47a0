/// \file
/// Paths as text: what can be said of one without looking at a disk.
#pragma once
#include <string>
#include <string_view>

namespace nacre::sftp {

/// The absolute path without ".", "..", doubled or trailing '/'; "/" for the root. ".." at the root
/// stays there. Symbolic links are not known here.
/// \param path  "" and relative paths begin at `home`
/// \param home  absolute
std::string lexically_absolute(std::string_view path, std::string_view home = "/");

/// Whether `path` is `folder` or below it. Both as lexically_absolute() makes them.
bool is_at_or_below(std::string_view path, std::string_view folder) noexcept;

/// `name` in `folder`; an absolute `folder` without trailing '/', except for the root.
std::string path_below(std::string_view folder, std::string_view name);

}  // namespace nacre::sftp
