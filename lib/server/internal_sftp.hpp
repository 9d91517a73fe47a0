/// \file
/// Forced commands that mean the SFTP server in this process.
#pragma once
#include <nacre/base/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nacre::server {

/// The options of `internal-sftp`, as sshd_config(5) has it, that restrict what is served.
struct InternalSftp {
    bool read_only = false;  ///< -R
    std::string directory;   ///< -d: where relative paths begin; empty: as without it
};

/// Whether the command is internal-sftp, whatever its options are.
bool is_internal_sftp(std::string_view command) noexcept;

/// Reads `internal-sftp [-R] [-d FOLDER]`; options that only say how to log (-e, -f, -l) are passed
/// over. Errors: unsupported for all others, as leaving one out could allow more than was meant.
Result<InternalSftp> read_internal_sftp(std::string_view command);

}  // namespace nacre::server
