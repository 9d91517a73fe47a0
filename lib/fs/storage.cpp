#include "fs/storage.hpp"

#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace nacre::fs {
namespace {

/// null, zero, full, random: drivers/char/mem.c
constexpr unsigned kMemoryDevices = 1;

/// fs/zfs of OpenZFS; the others are in linux/magic.h.
constexpr unsigned long kZfsMagic = 0x2fc12fc1;

}  // namespace

Residence residence_of(int fd) noexcept {
    struct statfs found {};
    if (::fstatfs(fd, &found) != 0) return Residence::remote;
    switch (static_cast<unsigned long>(found.f_type)) {
        case TMPFS_MAGIC:
        case RAMFS_MAGIC:
            return Residence::memory;
        case EXT4_SUPER_MAGIC:  // also ext2's and ext3's
        case XFS_SUPER_MAGIC:
        case BTRFS_SUPER_MAGIC:
        case F2FS_SUPER_MAGIC:
        case MSDOS_SUPER_MAGIC:
        case kZfsMagic:
            return Residence::disk;
        default:
            // overlayfs too, which may lie over anything.
            return Residence::remote;
    }
}

std::shared_ptr<Storage> StorageTable::of(int fd, const struct stat& status) {
    // Devices lie on a tmpfs without being one.
    if (S_ISCHR(status.st_mode))
        return std::make_shared<Storage>(
            major(status.st_rdev) == kMemoryDevices ? Residence::memory : Residence::remote);
    const std::lock_guard lock(mutex_);
    for (const auto& [device, storage] : known_)
        if (device == status.st_dev) return storage;
    auto storage = std::make_shared<Storage>(residence_of(fd));
    if (known_.size() < kMaxStorages) known_.emplace_back(status.st_dev, storage);
    return storage;
}

}  // namespace nacre::fs
