/// \file
/// The extensions that a server announces in VERSION (draft-ietf-secsh-filexfer-13 s5.3, OpenSSH's
/// PROTOCOL s4), and their data.
#pragma once
#include "sftp/codec.hpp"

#include <nacre/base/result.hpp>
#include <nacre/sftp/filesystem.hpp>
#include <nacre/sftp/vendor.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nacre::sftp {

/// What there is to tell.
struct Announcement {
    std::uint32_t version = 3;          ///< agreed
    std::uint32_t highest_version = 6;  ///< for "versions"; below 4 it is not announced
    bool read_only = false;             ///< extensions that only change something are left out
    std::string_view newline = "\n";
    std::string_view charset;  ///< of names that are not UTF-8; empty: they are
    std::uint32_t max_read = 0;
    bool links = false, space = false, users = false, copies = false, temporary_folders = false;
    bool hashes = false;  ///< check-file and md5-hash
    FilesystemTraits traits;
    std::vector<std::string_view> omitted;  ///< names that are not to appear
    VendorId vendor;                        ///< all empty: no vendor-id
};

/// In the order in which they are sent.
std::vector<Extension> announced_extensions(const Announcement& what);

/// "supported" (version 5) or "supported2" (version 6), as a client finds it.
struct Supported {
    AttrMask attrs = 0;
    std::uint32_t attrib_bits = 0;
    std::uint32_t open_flags = 0;
    std::uint32_t access_mask = 0;
    std::uint32_t max_read = 0;
    std::uint16_t open_block_vector = 0, block_vector = 0;
    std::vector<std::string> attrib_extensions, extensions;
};

/// What a client finds in the data of an extension. Errors of all: peer_malformed, peer_limit.
///
/// mod_sftp counts the names in "supported", and puts those of attributes before them, as if it
/// were "supported2": both are taken.
Result<Supported> read_supported(ByteView data);
Result<Supported> read_supported2(ByteView data);
/// The numbers in "versions", without names of experimental ones; VShell wraps the list in a
/// string.
Result<std::vector<std::uint32_t>> read_versions(ByteView data);
/// CR, LF or both.
Result<std::string> read_newline(ByteView data);
/// Bits as in FilesystemTraits::acl_capabilities.
Result<std::uint32_t> read_acl_supported(ByteView data);

Result<VendorId> read_vendor_id(ByteView data);

/// What is at the end of a line while a server says nothing of it (draft-04 s4.2).
constexpr std::string_view kDefaultNewline = "\r\n";
/// Most names in each list of a server.
constexpr std::size_t kMaxSupportedNames = 256;

}  // namespace nacre::sftp
