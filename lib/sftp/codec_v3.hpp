/// \file
/// Version 3 as a server speaks it (draft-ietf-secsh-filexfer-02, with OpenSSH's reading of it).
#pragma once
#include "sftp/codec.hpp"

namespace nacre::sftp {

/// Of `dialect` the version is not looked at.
std::unique_ptr<Codec> make_codec_v3(const Dialect& dialect);

/// The code that stands for `status` in version 3, which ends at OP_UNSUPPORTED.
Status status_in_v3(Status status) noexcept;

/// SSH_FXF_* (draft-02 s6.3).
constexpr std::uint32_t kOpenRead = 0x01;
constexpr std::uint32_t kOpenWrite = 0x02;
constexpr std::uint32_t kOpenAppend = 0x04;
constexpr std::uint32_t kOpenCreate = 0x08;
constexpr std::uint32_t kOpenTruncate = 0x10;
constexpr std::uint32_t kOpenExclusive = 0x20;

}  // namespace nacre::sftp
