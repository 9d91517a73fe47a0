/// \file
/// Status codes of all protocol versions (draft-ietf-secsh-filexfer-13 s9.1) and errors that carry
/// one.
#pragma once
#include <nacre/base/error.hpp>

#include <cstdint>

namespace nacre::sftp {

enum class Status : std::uint32_t {
    ok = 0,
    eof = 1,
    no_such_file = 2,
    permission_denied = 3,
    failure = 4,
    bad_message = 5,
    no_connection = 6,
    connection_lost = 7,
    op_unsupported = 8,
    invalid_handle = 9,
    no_such_path = 10,
    file_already_exists = 11,
    write_protect = 12,
    no_media = 13,
    no_space_on_filesystem = 14,
    quota_exceeded = 15,
    unknown_principal = 16,
    lock_conflict = 17,
    dir_not_empty = 18,
    not_a_directory = 19,
    invalid_filename = 20,
    link_loop = 21,
    cannot_delete = 22,
    invalid_parameter = 23,
    file_is_a_directory = 24,
    byte_range_lock_conflict = 25,
    byte_range_lock_refused = 26,
    delete_pending = 27,
    file_corrupt = 28,
    owner_invalid = 29,
    group_invalid = 30,
    no_matching_byte_range_lock = 31,
};

/// "No such file", ...: what stands in a STATUS message. A literal.
const char* text_of(Status status) noexcept;

/// An error of a file operation: code local_failed, detail the status. `what` is sent to the
/// client: no path, no secret; null: text_of(status).
Error failure(Status status, const char* what = nullptr) noexcept;
/// The status and text that describe `error` to a client; errors not made by failure() are FAILURE.
Status status_of(const Error& error) noexcept;
/// The status for an errno value, with strerror's kind of text.
Error failure_from_errno(int error) noexcept;

}  // namespace nacre::sftp
