#include "fs/storage.hpp"

#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace nacre::fs {
namespace {

/// null, zero, full, random: drivers/char/mem.c
constexpr unsigned kMemoryDevices = 1;

bool is_memory(int fd) noexcept {
    struct statfs found {};
    if (::fstatfs(fd, &found) != 0) return false;
    const auto type = static_cast<unsigned long>(found.f_type);
    return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

}  // namespace

std::shared_ptr<Storage> StorageTable::of(int fd, const struct stat& status) {
    // Devices lie on a tmpfs without being one.
    if (S_ISCHR(status.st_mode))
        return std::make_shared<Storage>(major(status.st_rdev) == kMemoryDevices);
    const std::lock_guard lock(mutex_);
    for (const auto& [device, storage] : known_)
        if (device == status.st_dev) return storage;
    auto storage = std::make_shared<Storage>(is_memory(fd));
    if (known_.size() < kMaxStorages) known_.emplace_back(status.st_dev, storage);
    return storage;
}

}  // namespace nacre::fs
