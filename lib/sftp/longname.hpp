/// \file
/// The line of "ls -l" that version 3 wants beside each name (draft-ietf-secsh-filexfer-02 s7).
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/sftp/attrs.hpp>

#include <ctime>

namespace nacre::sftp {

/// Appends the line for `entry`, laid out as OpenSSH does, since clients parse it. Time of day if
/// modified within half a year before `now` (seconds since 1970), in the local time zone.
void append_longname(Bytes& out, const DirEntry& entry, std::time_t now);

}  // namespace nacre::sftp
