/// \file
/// Renaming onto a name that must be free.
#pragma once

namespace nacre::fs {

/// The new name appears, or was there before and is left alone (EEXIST); at no moment is neither
/// name there. Names are last components. 0, or the errno.
int rename_new(int from_folder, const char* from, int to_folder, const char* to) noexcept;

/// The same for file systems whose renameat2(2) knows no RENAME_NOREPLACE: a file gets a second
/// name and loses the first; a directory, or a file that cannot have two, replaces an empty one of
/// its kind that we made.
int rename_new_plainly(int from_folder, const char* from, int to_folder, const char* to) noexcept;

}  // namespace nacre::fs
