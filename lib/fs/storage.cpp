#include "fs/storage.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string>

namespace nacre::fs {
namespace {

/// null, zero, full, random: drivers/char/mem.c
constexpr unsigned kMemoryDevices = 1;
/// Of the list of mounts.
constexpr std::size_t kMaxList = 4 * 1024 * 1024;
/// Mounts remembered by their unique ids; then it begins anew.
constexpr std::size_t kMaxUnique = 256;

/// STATX_MNT_ID_UNIQUE, which older headers do not have.
constexpr unsigned kUniqueId = 0x4000;
constexpr unsigned kWanted = STATX_TYPE | STATX_SIZE | STATX_MNT_ID;

/// The list of mounts, whole, or as much as there is room for.
std::string read_from_start(int fd) {
    std::string text;
    if (::lseek(fd, 0, SEEK_SET) != 0) return text;
    std::array<char, 16 * 1024> part;
    while (text.size() < kMaxList) {
        const ssize_t n = ::read(fd, part.data(), part.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(n));
    }
    return text;
}

/// Without asking a server.
bool look(int fd, unsigned mask, struct statx& status) noexcept {
    status = {};
    return ::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &status) == 0;
}

template <class Known>
std::shared_ptr<Storage> find(const Known& known, std::uint64_t mount,
                              std::shared_ptr<Storage> otherwise) {
    for (const auto& [id, storage] : known)
        if (id == mount) return storage;
    return otherwise;
}

}  // namespace

Residence residence_of_type(std::string_view type) noexcept {
    for (const std::string_view memory : {"tmpfs", "ramfs", "devtmpfs"})
        if (type == memory) return Residence::memory;
    for (const std::string_view disk : {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "zfs"})
        if (type == disk) return Residence::disk;
    // overlay too, which may lie over anything.
    return Residence::remote;
}

StorageTable::StorageTable(bool unique_ids)
    : wanted_(unique_ids ? kWanted | kUniqueId : kWanted),
      mounts_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)),
      memory_(std::make_shared<Storage>(Residence::memory)),
      remote_(std::make_shared<Storage>(Residence::remote)) {
    if (mounts_) read_mounts();
}

/// Whether a file system was mounted or unmounted since the last call.
bool StorageTable::changed() noexcept {
    pollfd list{mounts_.get(), POLLPRI, 0};
    return ::poll(&list, 1, 0) != 0;
}

void StorageTable::read_mounts() {
    listed_.clear();
    const std::string text = read_from_start(mounts_.get());
    // 36 35 98:0 /root /mounted rw,noatime shared:1 - ext3 /dev/root rw,errors=continue
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = std::string_view(text).substr(begin, end - begin);
        begin = end + 1;
        std::uint64_t id = 0;
        const auto parsed = std::from_chars(line.data(), line.data() + line.size(), id);
        const auto dash = line.find(" - ");
        if (parsed.ec != std::errc{} || dash == std::string_view::npos) continue;
        const std::string_view rest = line.substr(dash + 3);
        const Residence where = residence_of_type(rest.substr(0, rest.find(' ')));
        listed_.emplace_back(id, std::make_shared<Storage>(where));
    }
}

/// By the id in the list.
std::shared_ptr<Storage> StorageTable::listed(std::uint64_t mount) {
    // The file holds its mount, so nobody else has got its id since the list changed last.
    if (changed()) read_mounts();
    return find(listed_, mount, remote_);
}

std::shared_ptr<Storage> StorageTable::of(int fd, struct statx& status) {
    if (!look(fd, wanted_, status)) return remote_;
    // Devices lie on a tmpfs without being one.
    if (S_ISCHR(status.stx_mode))
        return status.stx_rdev_major == kMemoryDevices ? memory_ : remote_;
    const bool plain =
        S_ISREG(status.stx_mode) || S_ISDIR(status.stx_mode) || S_ISLNK(status.stx_mode);
    if (!plain || !mounts_) return remote_;
    const std::lock_guard lock(mutex_);
    if ((status.stx_mask & kUniqueId) == 0)
        return (status.stx_mask & STATX_MNT_ID) != 0 ? listed(status.stx_mnt_id) : remote_;
    const std::uint64_t unique = status.stx_mnt_id;
    if (auto known = find(unique_, unique, nullptr)) return known;
    if (!look(fd, kWanted, status) || (status.stx_mask & STATX_MNT_ID) == 0) return remote_;
    if (unique_.size() == kMaxUnique) unique_.clear();
    return unique_.emplace_back(unique, listed(status.stx_mnt_id)).second;
}

std::shared_ptr<Storage> StorageTable::of(int fd) {
    struct statx status {};
    return of(fd, status);
}

}  // namespace nacre::fs
