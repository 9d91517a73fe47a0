/// \file
/// What is agreed with one peer, and what that changes, for the codecs of both roles.
#pragma once
#include <cstdint>

namespace nacre::sftp {

/// The lowest and the highest version of SFTP that there is here.
constexpr std::uint32_t kMinVersion = 3;
constexpr std::uint32_t kMaxVersion = 6;

struct Dialect {
    std::uint32_t version = 3;
    /// Of INIT. Below 3 the STATUS of that version has no text.
    std::uint32_t client_version = 3;
    /// SYMLINK with the target first, as OpenSSH and nearly all have it, or as the drafts say.
    bool symlink_target_first = true;
    /// Attribute bits of version 5 with a second word for their validity (AsyncSSH, mod_sftp).
    bool two_words_of_bits = false;
};

/// In what the messages of a version differ from those of the others, but for ATTRS.
struct Features {
    bool longnames;        ///< NAME with a line of "ls -l" for each name
    bool text_mode;        ///< SSH_FXF_TEXT, and newline in VERSION
    bool wanted_attrs;     ///< STAT, LSTAT and FSTAT tell what is wanted
    bool access_masks;     ///< OPEN with an access mask and a disposition
    bool rename_flags;     ///< RENAME
    bool symlink;          ///< SYMLINK; else LINK
    bool locks;            ///< BLOCK and UNBLOCK
    bool control_byte;     ///< REALPATH with a control byte and paths to compose
    bool ends_are_told;    ///< DATA and NAME tell that nothing comes behind them
    bool strict_extended;  ///< an extended attribute that is not known is refused, not ignored
};

constexpr Features kFeatures[] = {
    {true, false, false, false, false, true, false, false, false, false},  // 3
    {false, true, true, false, false, true, false, false, false, false},   // 4
    {false, true, true, true, true, true, false, false, false, false},     // 5
    {false, true, true, true, true, false, true, true, true, true},        // 6
};

/// `version`: kMinVersion to kMaxVersion.
constexpr const Features& features_of(std::uint32_t version) noexcept {
    return kFeatures[version - kMinVersion];
}

}  // namespace nacre::sftp
