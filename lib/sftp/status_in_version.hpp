/// \file
/// Status codes as an older version has them (draft-ietf-secsh-filexfer-02 s7, -04 s7, -05 s7,
/// -13 s9.1).
#pragma once
#include <nacre/sftp/status.hpp>

namespace nacre::sftp {

/// The code that stands for `status` in `version`: the same if the version has it and a server may
/// send it, else the nearest that clients of that version understand.
Status status_in(Status status, std::uint32_t version) noexcept;

}  // namespace nacre::sftp
