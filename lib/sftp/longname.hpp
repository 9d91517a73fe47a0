/// \file
/// The line of "ls -l" that version 3 wants beside each name (draft-ietf-secsh-filexfer-02 s7).
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/sftp/attrs.hpp>

#include <ctime>

namespace nacre::sftp {

enum class LongnameDates : std::uint8_t {
    unix_style,  ///< of half a year: "Nov 22 14:40"; others: "Nov 22  2024"
    iso,         ///< "2026-11-22 14:40"
};

/// Appends the line for `entry`, laid out as OpenSSH does, since clients parse it. `now`: seconds
/// since 1970. Times are in the local time zone.
void append_longname(Bytes& out, const DirEntry& entry, std::time_t now,
                     LongnameDates dates = LongnameDates::unix_style);

}  // namespace nacre::sftp
