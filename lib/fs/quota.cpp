#include "fs/tree_scan.hpp"

#include <nacre/fs/quota.hpp>

#include <algorithm>
#include <set>

namespace nacre::fs {
namespace {

/// Entries of files that are closed are looked for when there are so many.
constexpr std::size_t kManyFiles = 256;

}  // namespace

std::uint64_t Quota::left() const noexcept {
    const std::uint64_t most = limit();
    return most - std::min(used(), most);
}

void Quota::count(int root) {
    if (counted()) return;
    const std::lock_guard lock(counting_);
    if (counted()) return;
    std::uint64_t sum = 0;
    std::set<FileId> linked;  // with more names than one
    scan_tree(root, [&](int, const char*, const struct stat& status) {
        if (!S_ISREG(status.st_mode)) return;
        if (status.st_nlink > 1 && !linked.emplace(status.st_dev, status.st_ino).second) return;
        sum += static_cast<std::uint64_t>(status.st_size);
    });
    used_ = sum;
    counted_.store(true, std::memory_order_release);
}

std::shared_ptr<Quota::File> Quota::file(FileId id, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    if (files_.size() >= kManyFiles)
        std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
    auto& known = files_[id];
    if (auto open = known.lock()) return open;
    const std::shared_ptr<File> made(new File, [this](const File* last) {
        if (last->nameless) give_back(last->size);
        delete last;
    });
    made->size = size;
    known = made;
    return made;
}

bool Quota::grow(File& file, std::uint64_t size) noexcept {
    const std::lock_guard lock(file.mutex);
    if (size <= file.size) return true;
    const std::uint64_t more = size - file.size;
    std::uint64_t before = used_.load(std::memory_order_relaxed);
    do {
        if (before > limit() || more > limit() - before) return false;
    } while (!used_.compare_exchange_weak(before, before + more, std::memory_order_relaxed));
    file.size = size;
    return true;
}

void Quota::settle(File& file, std::uint64_t size) noexcept {
    const std::lock_guard lock(file.mutex);
    if (size >= file.size) {
        used_ += size - file.size;
    } else {
        give_back(file.size - size);
    }
    file.size = size;
}

void Quota::name_gone(FileId id, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    const auto known = files_.find(id);
    const auto open = known == files_.end() ? nullptr : known->second.lock();
    if (open == nullptr) {
        give_back(size);
        return;
    }
    const std::lock_guard file_lock(open->mutex);
    open->nameless = true;
}

void Quota::give_back(std::uint64_t size) noexcept {
    if (!counted()) return;
    std::uint64_t before = used_.load(std::memory_order_relaxed);
    while (!used_.compare_exchange_weak(before, before - std::min(size, before),
                                        std::memory_order_relaxed)) {
    }
}

}  // namespace nacre::fs
