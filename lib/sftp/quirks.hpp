/// \file
/// What has to be done differently with certain peers, by their identification string. The one
/// place that knows names of other programs.
#pragma once
#include <cstddef>
#include <string_view>

namespace nacre::sftp {

struct Quirks {
    /// SYMLINK of versions 3 to 5 has the target first, against the drafts.
    bool symlink_target_first = true;
    /// Attribute bits of version 5 are followed by their validity, against draft-05.
    bool two_words_of_bits = false;
    /// Largest NAME with more than one name, bytes.
    std::size_t name_reply = 34'000;
};

/// \param peer  identification of the other end, without CR LF ("SSH-2.0-OpenSSH_9.2"); empty if
///              there is none, as over pipes
/// \param ours  our own, which some peers look at
Quirks client_quirks(std::string_view peer, std::string_view ours);
Quirks server_quirks(std::string_view peer, std::string_view ours);

}  // namespace nacre::sftp
