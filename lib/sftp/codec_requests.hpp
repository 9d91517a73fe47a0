/// \file
/// Requests as a server reads them, in all versions (draft-ietf-secsh-filexfer-02 s6, -04 s6,
/// -05 s6, -13 s8).
#pragma once
#include "sftp/codec.hpp"

namespace nacre::sftp {

/// Most paths that a REALPATH of version 6 may join.
constexpr std::size_t kMaxCompose = 64;

/// Bits of the flags of RENAME (draft-05 s6.6, draft-13 s8.3).
constexpr std::uint32_t kRenameOverwrite = 1;
constexpr std::uint32_t kRenameAtomic = 2;
constexpr std::uint32_t kRenameNative = 4;

/// The control byte of REALPATH (draft-13 s8.8).
constexpr std::uint8_t kRealpathNoCheck = 1;
constexpr std::uint8_t kRealpathStatIf = 2;
constexpr std::uint8_t kRealpathStatAlways = 3;

/// See Codec::decode.
Result<Request> decode_request(const Message& message, const Dialect& dialect);

}  // namespace nacre::sftp
