/// \file
/// What a client makes of the server's VERSION (draft-ietf-secsh-filexfer-13 s5).
#pragma once
#include "sftp/client_messages.hpp"

#include <nacre/sftp/client.hpp>

#include <optional>

namespace nacre::sftp {

/// Takes over what VERSION told; the extensions are moved. What cannot be read is taken as not
/// said. Errors: peer_incompatible below version 3.
Result<RemoteServer> server_of(VersionReply&& version, std::uint32_t max_version);

/// The version to ask for with version-select: the highest that it lists
/// in "versions" of those above the one in use and not above `max_version`.
std::optional<std::uint32_t> better_version(const RemoteServer& server, std::uint32_t max_version);

}  // namespace nacre::sftp
