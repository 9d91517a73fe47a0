/// \file
/// What a client can ask for, in terms that all protocol versions share, and the one table of what
/// each request means for order and for read-only mode.
///
/// Views are borrowed from the message that the request was decoded from.
#pragma once
#include <nacre/sftp/attrs.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace nacre::sftp {

struct OpenRequest {
    std::string_view path;
    OpenFlags flags;
    Attrs attrs;
};
struct CloseRequest {
    std::string_view handle;
};
struct ReadRequest {
    std::string_view handle;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;  ///< as asked for, not cut
};
/// The data travels beside it, see Message.
struct WriteRequest {
    std::string_view handle;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
};
struct StatRequest {
    std::string_view path;
    Follow follow = Follow::yes;
    AttrMask wanted = kAttrCommon;
};
struct FstatRequest {
    std::string_view handle;
    AttrMask wanted = kAttrCommon;
};
struct SetstatRequest {
    std::string_view path;
    Attrs attrs;
    Follow follow = Follow::yes;
};
struct FsetstatRequest {
    std::string_view handle;
    Attrs attrs;
};
struct OpendirRequest {
    std::string_view path;
};
struct ReaddirRequest {
    std::string_view handle;
};
struct RemoveRequest {
    std::string_view path;
};
struct MkdirRequest {
    std::string_view path;
    Attrs attrs;
};
struct RmdirRequest {
    std::string_view path;
};
struct RealpathRequest {
    std::string_view path;
    PathCheck check = PathCheck::last_may_miss;
    std::vector<std::string_view> compose = {};  ///< paths to join behind it, in turn
};
struct RenameRequest {
    std::string_view from, to;
    bool overwrite = false;
};
struct ReadlinkRequest {
    std::string_view path;
};
struct SymlinkRequest {
    std::string_view target, link;
};
struct HardlinkRequest {
    std::string_view existing, link;
};
struct StatvfsRequest {
    std::string_view path;
};
struct FstatvfsRequest {
    std::string_view handle;
};
struct FsyncRequest {
    std::string_view handle;
};
struct LimitsRequest {};
/// "~", "~/x", "~user/x" or a plain path.
struct ExpandPathRequest {
    std::string_view path;
};
struct CopyDataRequest {
    std::string_view from;
    std::uint64_t from_offset = 0;
    std::uint64_t length = 0;  ///< 0: to the end
    std::string_view to;
    std::uint64_t to_offset = 0;
};
struct HomeDirectoryRequest {
    std::string_view user;  ///< "": of the login
};
struct UsersGroupsRequest {
    std::string_view uids, gids;  ///< packed u32s
};
struct BlockRequest {
    std::string_view handle;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;  ///< 0: to the end
    BlockMask mask = 0;
};
struct UnblockRequest {
    std::string_view handle;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};
struct TextSeekRequest {
    std::string_view handle;
    std::uint64_t line = 0;
};
struct VersionSelectRequest {
    std::string_view version;  ///< in decimal
};
/// How the answer to a check-file request is laid out: as the drafts have it, or behind the text
/// "check-file" as Paramiko has it, whose request has that name too.
enum class CheckFileForm : std::uint8_t { digests, named };
struct HashRange {
    std::uint64_t start = 0;
    std::uint64_t length = 0;      ///< 0: to the end
    std::uint32_t block_size = 0;  ///< bytes under each digest; 0: one for all
};
struct CheckFileHandleRequest {
    std::string_view handle;
    std::string_view algorithms;  ///< names, comma-separated, the best first
    HashRange range;
    CheckFileForm form = CheckFileForm::digests;
};
struct CheckFileNameRequest {
    std::string_view path;
    std::string_view algorithms;
    HashRange range;
};
struct Md5HashRequest {
    std::string_view path;
    std::uint64_t start = 0;
    std::uint64_t length = 0;      ///< 0: to the end
    std::string_view quick_check;  ///< MD5 of the range's first 2,048 bytes, or empty
};
struct Md5HashHandleRequest {
    std::string_view handle;
    std::uint64_t start = 0;
    std::uint64_t length = 0;
    std::string_view quick_check;
};
struct CopyFileRequest {
    std::string_view from, to;
    bool overwrite = false;
};
struct SpaceAvailableRequest {
    std::string_view path;
};
struct GetTempFolderRequest {};
struct MakeTempFolderRequest {};
struct VendorIdRequest {
    std::string_view vendor, product, version;
    std::uint64_t build = 0;
};
struct FilenameTranslationControlRequest {
    bool translate = true;
};

using Request =
    std::variant<OpenRequest, CloseRequest, ReadRequest, WriteRequest, StatRequest, FstatRequest,
                 SetstatRequest, FsetstatRequest, OpendirRequest, ReaddirRequest, RemoveRequest,
                 MkdirRequest, RmdirRequest, RealpathRequest, RenameRequest, ReadlinkRequest,
                 SymlinkRequest, HardlinkRequest, StatvfsRequest, FstatvfsRequest, FsyncRequest,
                 LimitsRequest, ExpandPathRequest, CopyDataRequest, HomeDirectoryRequest,
                 UsersGroupsRequest, BlockRequest, UnblockRequest, TextSeekRequest,
                 VersionSelectRequest, CheckFileHandleRequest, CheckFileNameRequest, Md5HashRequest,
                 Md5HashHandleRequest, CopyFileRequest, SpaceAvailableRequest, GetTempFolderRequest,
                 MakeTempFolderRequest, VendorIdRequest, FilenameTranslationControlRequest>;

enum class Mutates : std::uint8_t {
    no,
    yes,
    by_flags,  ///< OPEN: for writing, creating or truncating
};

/// When a request may start; nothing starts before what came earlier has started.
enum class Order : std::uint8_t {
    read,         ///< when no unfinished write reaches behind its beginning
    write,        ///< when no unfinished write overlaps it and no read begins before its end
    handle,       ///< alone on its handle, after all writes and, to change something, after all
                  ///< reads; what comes later waits
    two_handles,  ///< after all reads and writes; what comes later waits
    path,         ///< as `handle`, without one
};

enum class HandleKind : std::uint8_t { none, file, directory, any };

struct RequestTraits {
    Mutates mutates;
    Order order;
    HandleKind handle;
};

/// Indexed like the alternatives of Request.
inline constexpr std::array<RequestTraits, std::variant_size_v<Request>> kRequestTraits{{
    {Mutates::by_flags, Order::path, HandleKind::none},    // Open
    {Mutates::no, Order::handle, HandleKind::any},         // Close
    {Mutates::no, Order::read, HandleKind::file},          // Read
    {Mutates::yes, Order::write, HandleKind::file},        // Write
    {Mutates::no, Order::path, HandleKind::none},          // Stat
    {Mutates::no, Order::handle, HandleKind::any},         // Fstat
    {Mutates::yes, Order::path, HandleKind::none},         // Setstat
    {Mutates::yes, Order::handle, HandleKind::any},        // Fsetstat
    {Mutates::no, Order::path, HandleKind::none},          // Opendir
    {Mutates::no, Order::handle, HandleKind::directory},   // Readdir
    {Mutates::yes, Order::path, HandleKind::none},         // Remove
    {Mutates::yes, Order::path, HandleKind::none},         // Mkdir
    {Mutates::yes, Order::path, HandleKind::none},         // Rmdir
    {Mutates::no, Order::path, HandleKind::none},          // Realpath
    {Mutates::yes, Order::path, HandleKind::none},         // Rename
    {Mutates::no, Order::path, HandleKind::none},          // Readlink
    {Mutates::yes, Order::path, HandleKind::none},         // Symlink
    {Mutates::yes, Order::path, HandleKind::none},         // Hardlink
    {Mutates::no, Order::path, HandleKind::none},          // Statvfs
    {Mutates::no, Order::handle, HandleKind::file},        // Fstatvfs
    {Mutates::yes, Order::handle, HandleKind::file},       // Fsync
    {Mutates::no, Order::path, HandleKind::none},          // Limits
    {Mutates::no, Order::path, HandleKind::none},          // ExpandPath
    {Mutates::yes, Order::two_handles, HandleKind::file},  // CopyData
    {Mutates::no, Order::path, HandleKind::none},          // HomeDirectory
    {Mutates::no, Order::path, HandleKind::none},          // UsersGroups
    {Mutates::no, Order::handle, HandleKind::file},        // Block
    {Mutates::no, Order::handle, HandleKind::file},        // Unblock
    {Mutates::no, Order::handle, HandleKind::file},        // TextSeek
    {Mutates::no, Order::path, HandleKind::none},          // VersionSelect
    {Mutates::no, Order::handle, HandleKind::file},        // CheckFileHandle
    {Mutates::no, Order::path, HandleKind::none},          // CheckFileName
    {Mutates::no, Order::path, HandleKind::none},          // Md5Hash
    {Mutates::no, Order::handle, HandleKind::file},        // Md5HashHandle
    {Mutates::yes, Order::path, HandleKind::none},         // CopyFile
    {Mutates::no, Order::path, HandleKind::none},          // SpaceAvailable
    {Mutates::no, Order::path, HandleKind::none},          // GetTempFolder
    {Mutates::yes, Order::path, HandleKind::none},         // MakeTempFolder
    {Mutates::no, Order::path, HandleKind::none},          // VendorId
    {Mutates::no, Order::path, HandleKind::none},          // FilenameTranslationControl
}};

/// Where T stands among the alternatives of Request.
template <class T, std::size_t I = 0>
constexpr std::size_t index_of() {
    if constexpr (std::is_same_v<std::variant_alternative_t<I, Request>, T>) {
        return I;
    } else {
        return index_of<T, I + 1>();
    }
}

inline const RequestTraits& traits_of(const Request& request) noexcept {
    return kRequestTraits[request.index()];
}

/// Whether the request would change something. The only place that read-only mode asks.
inline bool mutates(const Request& request) noexcept {
    const Mutates by_table = traits_of(request).mutates;
    if (by_table != Mutates::by_flags) return by_table == Mutates::yes;
    const OpenFlags flags = std::get_if<OpenRequest>(&request)->flags;
    return flags.write || flags.append || flags.create || flags.truncate || flags.delete_on_close;
}

}  // namespace nacre::sftp
