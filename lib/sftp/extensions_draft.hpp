/// \file
/// Replies to the extended requests of draft-ietf-secsh-filexfer-05 s8 and of
/// draft-ietf-secsh-filexfer-extensions-00, the same over all protocol versions.
#pragma once
#include "sftp/codec.hpp"

#include <string_view>
#include <vector>

namespace nacre::sftp {

/// Appends EXTENDED_REPLY to check-file-handle, check-file-name and check-file: `digests` one
/// behind the other, made with `algorithm`.
void write_check_file(Bytes& out, std::uint32_t id, CheckFileForm form, std::string_view algorithm,
                      ByteView digests);
/// Appends EXTENDED_REPLY to md5-hash and md5-hash-handle; empty: the quick check failed.
void write_md5_hash(Bytes& out, std::uint32_t id, ByteView digest);
/// Appends EXTENDED_REPLY to space-available. What does not fit into 64 bits becomes their highest
/// value.
void write_space_available(Bytes& out, std::uint32_t id, const FilesystemStats& stats);

/// What a client finds in an EXTENDED_REPLY, behind the id; views are borrowed from there.
struct CheckFile {
    std::string_view algorithm;
    std::vector<ByteView> digests;  ///< one for each block; of an unknown algorithm all in one
};
/// Takes all that servers send: with "check-file" in front or not, and digests one behind the other
/// or each with its length. Errors: peer_malformed.
Result<CheckFile> read_check_file(ByteView data);
/// Errors: peer_malformed.
Result<ByteView> read_md5_hash(ByteView data);

/// In bytes.
struct SpaceAvailable {
    std::uint64_t on_device = 0, unused_on_device = 0;
    std::uint64_t for_user = 0, unused_for_user = 0;
    std::uint32_t allocation_unit = 0;  ///< 0: unknown
};
/// Errors: peer_malformed.
Result<SpaceAvailable> read_space_available(ByteView data);

}  // namespace nacre::sftp
