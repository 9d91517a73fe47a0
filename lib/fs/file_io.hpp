/// \file
/// Reading into frames and writing gathered pieces.
#pragma once
#include <nacre/sftp/filesystem.hpp>

#include <cstdint>

namespace nacre::fs {

/// What off_t holds.
inline constexpr std::uint64_t kMaxOffset = 0x7fff'ffff'ffff'ffff;

/// Fills the rest of `buffer`, of which `filled` bytes are there, from `offset` + filled: until it
/// is full, the file ends (0) or an error (errno). \param flags  RWF_NOWAIT or 0
int fill(int fd, std::uint64_t offset, sftp::ReadBuffer& buffer, int flags) noexcept;

/// Writes all pieces at `offset`; sets `written`, and `error` if that is less than all.
void write_pieces(int fd, std::uint64_t offset, sftp::WriteBuffer& buffer) noexcept;

}  // namespace nacre::fs
