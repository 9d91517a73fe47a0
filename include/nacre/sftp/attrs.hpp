/// \file
/// File attributes, the union of what all protocol versions know.
#pragma once
#include <nacre/base/boxed.hpp>
#include <nacre/sftp/acl.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nacre::sftp {

/// draft-ietf-secsh-filexfer-13 s7.2
enum class FileType : std::uint8_t {
    regular = 1,
    directory = 2,
    symlink = 3,
    special = 4,
    unknown = 5,
    socket = 6,
    char_device = 7,
    block_device = 8,
    fifo = 9,
};

/// Seconds may be negative; the nanoseconds are always to be added.
struct FileTime {
    std::int64_t seconds = 0;       ///< since 1970, UTC
    std::uint32_t nanoseconds = 0;  ///< below 1,000,000,000
    friend bool operator==(const FileTime&, const FileTime&) = default;
};

/// A set of attributes: bits SSH_FILEXFER_ATTR_* (draft-13 s7.1), and that of version 3 for
/// numeric owners.
using AttrMask = std::uint32_t;
constexpr AttrMask kAttrSize = 0x0000'0001;
constexpr AttrMask kAttrUidGid = 0x0000'0002;
constexpr AttrMask kAttrPermissions = 0x0000'0004;
constexpr AttrMask kAttrAccessTime = 0x0000'0008;
constexpr AttrMask kAttrCreateTime = 0x0000'0010;
constexpr AttrMask kAttrModifyTime = 0x0000'0020;
constexpr AttrMask kAttrAcl = 0x0000'0040;
constexpr AttrMask kAttrOwnerGroup = 0x0000'0080;
constexpr AttrMask kAttrSubsecondTimes = 0x0000'0100;
constexpr AttrMask kAttrBits = 0x0000'0200;
constexpr AttrMask kAttrAllocationSize = 0x0000'0400;
constexpr AttrMask kAttrTextHint = 0x0000'0800;
constexpr AttrMask kAttrMimeType = 0x0000'1000;
constexpr AttrMask kAttrLinkCount = 0x0000'2000;
constexpr AttrMask kAttrUntranslatedName = 0x0000'4000;
constexpr AttrMask kAttrCtime = 0x0000'8000;
constexpr AttrMask kAttrExtended = 0x8000'0000;
/// What stat(2) tells: what is answered when nobody asks for more. The rest may cost more calls.
constexpr AttrMask kAttrCommon = kAttrSize | kAttrUidGid | kAttrPermissions | kAttrAccessTime |
                                 kAttrModifyTime | kAttrOwnerGroup | kAttrSubsecondTimes |
                                 kAttrLinkCount | kAttrCtime;

/// Bits of AttribBits (draft-13 s7.9).
constexpr std::uint32_t kBitReadOnly = 0x001;
constexpr std::uint32_t kBitSystem = 0x002;
constexpr std::uint32_t kBitHidden = 0x004;
constexpr std::uint32_t kBitCaseInsensitive = 0x008;
constexpr std::uint32_t kBitArchive = 0x010;
constexpr std::uint32_t kBitEncrypted = 0x020;
constexpr std::uint32_t kBitCompressed = 0x040;
constexpr std::uint32_t kBitSparse = 0x080;
constexpr std::uint32_t kBitAppendOnly = 0x100;
constexpr std::uint32_t kBitImmutable = 0x200;
constexpr std::uint32_t kBitSync = 0x400;
constexpr std::uint32_t kBitTranslationErr = 0x800;

struct AttribBits {
    std::uint32_t bits = 0;
    std::uint32_t valid = 0;  ///< which of them mean something
    friend bool operator==(const AttribBits&, const AttribBits&) = default;
};

/// draft-13 s7.10
enum class TextHint : std::uint8_t {
    known_text = 0,
    guessed_text = 1,
    known_binary = 2,
    guessed_binary = 3,
};

/// What few files have and few clients ask for.
struct ExtraAttrs {
    /// Most extended attributes that are taken from a peer.
    static constexpr std::size_t kMaxExtended = 256;

    std::optional<Acl> acl;
    std::optional<std::string> mime_type;
    std::optional<std::string> untranslated_name;  ///< the name as the server's disk has it
    std::vector<std::pair<std::string, std::string>> extended;  ///< type and data
};

/// What is set is known (in an answer) or to be changed (in a request).
struct Attrs {
    FileType type = FileType::unknown;
    std::optional<std::uint64_t> size;
    std::optional<std::uint64_t> allocation_size;
    std::optional<std::uint32_t> uid, gid;  ///< both or neither
    /// Names, or numbers in decimal; v4 and up, and for v3's longname. Both or neither; an empty
    /// one is not to be changed.
    std::optional<std::string> owner, group;
    std::optional<std::uint32_t> permissions;  ///< 07777 bits only, type apart
    std::optional<FileTime> atime, mtime, ctime, createtime;
    std::optional<std::uint32_t> link_count;
    std::optional<AttribBits> bits;
    std::optional<TextHint> text_hint;
    Boxed<ExtraAttrs> extra;
};

/// One entry of a directory: a name without path, and what it is itself (links not followed).
struct DirEntry {
    std::string name;
    Attrs attrs;
};

}  // namespace nacre::sftp
