/// \file
/// The extensions of OpenSSH's sftp-server, the same over all protocol versions (its PROTOCOL file,
/// section 4).
#pragma once
#include "sftp/codec.hpp"

#include <vector>

namespace nacre::sftp {

/// Bits of the flag field of statvfs@openssh.com.
constexpr std::uint64_t kStatvfsReadOnly = 1;
constexpr std::uint64_t kStatvfsNoSetuid = 2;

/// Appends EXTENDED_REPLY to statvfs@openssh.com and fstatvfs@openssh.com.
void write_statvfs(Bytes& out, std::uint32_t id, const FilesystemStats& stats);

struct Limits {
    std::uint64_t max_packet = 0;
    std::uint64_t max_read = 0;
    std::uint64_t max_write = 0;
    std::uint64_t max_handles = 0;
};
/// Appends EXTENDED_REPLY to limits@openssh.com.
void write_limits(Bytes& out, std::uint32_t id, const Limits& limits);

/// Appends EXTENDED_REPLY to users-groups-by-id@openssh.com.
void write_users_groups(Bytes& out, std::uint32_t id, const std::vector<std::string>& users,
                        const std::vector<std::string>& groups);

/// What a client finds in an EXTENDED_REPLY, behind the id. Errors: peer_malformed.
Result<FilesystemStats> read_statvfs(ByteView data);
Result<Limits> read_limits(ByteView data);
Result<std::pair<std::vector<std::string>, std::vector<std::string>>> read_users_groups(
    ByteView data);

/// The ids in one packed list. Errors: bad_message.
Result<std::vector<std::uint32_t>> unpack_ids(std::string_view packed);
/// The other way round.
std::string pack_ids(const std::vector<std::uint32_t>& ids);

}  // namespace nacre::sftp
