/// \file
/// Locks on ranges of files that other programs see: open file description locks (fcntl(2)).
#pragma once
#include <nacre/sftp/file.hpp>

#include <cstdint>

namespace nacre::fs {

/// Locks a range without waiting. Who is to keep others from reading takes it for itself (F_WRLCK),
/// who only keeps them from writing shares it (F_RDLCK), and each takes the other kind where the
/// file is not open for its own. \param length  0: to the end, however far the file grows
/// 0, EAGAIN when another program has a part of it, or another errno. File systems without locks
/// are no error. What the open itself keeps from others (OpenFlags::block) it keeps there too.
int lock_for_others(int fd, std::uint64_t offset, std::uint64_t length, sftp::BlockMask mask,
                    const sftp::OpenFlags& flags) noexcept;
/// Leaves there what the open itself keeps from others. 0, or errno: all is as before.
int unlock_for_others(int fd, std::uint64_t offset, std::uint64_t length,
                      const sftp::OpenFlags& flags) noexcept;

}  // namespace nacre::fs
