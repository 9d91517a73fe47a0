#include "sftp/status_in_version.hpp"

#include <array>
#include <cstddef>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kNever = 7;  // above all versions

struct Row {
    std::uint32_t since;
    Status before;  ///< of version 3
};

/// In the order of the codes.
constexpr std::array<Row, 32> kRows{{
    {3, Status::ok},
    {3, Status::eof},
    {3, Status::no_such_file},
    {3, Status::permission_denied},
    {3, Status::failure},
    {3, Status::bad_message},
    {kNever, Status::failure},  // no_connection: a client says it to itself
    {kNever, Status::failure},  // connection_lost
    {3, Status::op_unsupported},
    {4, Status::failure},            // invalid_handle
    {4, Status::no_such_file},       // no_such_path
    {4, Status::failure},            // file_already_exists
    {4, Status::permission_denied},  // write_protect
    {4, Status::failure},            // no_media
    {5, Status::failure},            // no_space_on_filesystem
    {5, Status::failure},            // quota_exceeded
    {5, Status::failure},            // unknown_principal
    {5, Status::failure},            // lock_conflict
    {6, Status::failure},            // dir_not_empty
    {6, Status::no_such_file},       // not_a_directory
    {6, Status::bad_message},        // invalid_filename
    {6, Status::failure},            // link_loop
    {6, Status::failure},            // cannot_delete
    {6, Status::failure},            // invalid_parameter
    {6, Status::failure},            // file_is_a_directory
    {6, Status::failure},            // byte_range_lock_conflict
    {6, Status::failure},            // byte_range_lock_refused
    {6, Status::failure},            // delete_pending
    {6, Status::failure},            // file_corrupt
    {6, Status::failure},            // owner_invalid
    {6, Status::failure},            // group_invalid
    {6, Status::failure},            // no_matching_byte_range_lock
}};

}  // namespace

Status status_in(Status status, std::uint32_t version) noexcept {
    const auto index = static_cast<std::size_t>(status);
    if (index >= kRows.size()) return Status::failure;
    return version >= kRows[index].since ? status : kRows[index].before;
}

}  // namespace nacre::sftp
