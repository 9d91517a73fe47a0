/// \file
/// The one table of extended requests, over all protocol versions: OpenSSH's (its PROTOCOL file,
/// section 4), and those of the drafts and of draft-ietf-secsh-filexfer-extensions-00.
#pragma once
#include "sftp/dialect.hpp"
#include "sftp/requests.hpp"

#include <nacre/base/result.hpp>
#include <nacre/wire/reader.hpp>

#include <span>

namespace nacre::sftp {

/// What a server must have for a request to be of use.
enum class Needs : std::uint8_t {
    nothing,
    links,
    space,
    users,
    copies,
    temporary_folders,
    hashes,
    charset,
};

struct ExtendedRequest {
    std::string_view name;
    /// In VERSION beside the name; empty: announced by other means only.
    std::string_view data;
    std::uint32_t since;  ///< the first version that has it
    Needs needs;
    std::size_t request;  ///< index in Request
    Request (*decode)(Reader&, const Dialect&);
};

std::span<const ExtendedRequest> extended_requests() noexcept;

/// The request behind the name of an EXTENDED. Errors: op_unsupported for a name that is unknown in
/// this version; bad_message.
Result<Request> decode_extended(std::string_view name, Reader& fields, const Dialect& dialect);

}  // namespace nacre::sftp
