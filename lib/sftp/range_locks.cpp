#include "sftp/range_locks.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace nacre::sftp {
namespace {

constexpr BlockMask kModes = kBlockRead | kBlockWrite | kBlockDelete;

Result<void> check_mask(BlockMask mask) {
    if ((mask & kModes) == 0 || (mask & ~(kModes | kBlockAdvisory)) != 0)
        return failure(Status::invalid_parameter);
    return {};
}

bool is_mandatory(BlockMask mask) noexcept {
    return (mask & kBlockAdvisory) == 0;
}

/// One behind the last byte; what would wrap ends at the end of all files.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t length) noexcept {
    constexpr auto kEnd = std::numeric_limits<std::uint64_t>::max();
    return length == 0 || length > kEnd - offset ? kEnd : offset + length;
}

bool overlap(const auto& range, std::uint64_t begin, std::uint64_t end) noexcept {
    return range.offset < end && begin < end_of(range.offset, range.length);
}

/// Whether `holder` keeps `other` out. Advisory modes count among those who name modes only.
bool keeps_out(const auto& holder, const auto& other) noexcept {
    return (holder.block & other.uses & kModes) != 0 &&
           (is_mandatory(holder.block) || other.block != 0);
}

}  // namespace

OpenLocks& OpenLocks::operator=(OpenLocks&& other) noexcept {
    if (this != &other) {
        release();
        table_ = std::move(other.table_);
        file_ = std::exchange(other.file_, nullptr);
        owner_ = other.owner_;
    }
    return *this;
}

Result<void> OpenLocks::block(std::uint64_t offset, std::uint64_t length, BlockMask mask) {
    if (file_ == nullptr) return failure(Status::op_unsupported);
    NACRE_CHECK(check_mask(mask));
    const std::lock_guard lock(table_->mutex_);
    if (file_->ranges.size() >= RangeLocks::kMaxRanges)
        return failure(Status::byte_range_lock_refused, "Too many byte range locks");
    for (const auto& range : file_->ranges) {
        if (overlap(range, offset, end_of(offset, length)))
            return failure(Status::byte_range_lock_refused);
    }
    file_->ranges.push_back({owner_, offset, length, mask});
    if (is_mandatory(mask)) ++file_->mandatory;
    return {};
}

Result<void> OpenLocks::unblock(std::uint64_t offset, std::uint64_t length) {
    if (file_ == nullptr) return failure(Status::no_matching_byte_range_lock);
    const std::lock_guard lock(table_->mutex_);
    const auto found = find(offset, length);
    if (found == file_->ranges.end()) return failure(Status::no_matching_byte_range_lock);
    if (is_mandatory(found->block)) --file_->mandatory;
    file_->ranges.erase(found);
    return {};
}

Result<void> OpenLocks::holds(std::uint64_t offset, std::uint64_t length) const {
    if (file_ == nullptr) return failure(Status::no_matching_byte_range_lock);
    const std::lock_guard lock(table_->mutex_);
    if (find(offset, length) == file_->ranges.end())
        return failure(Status::no_matching_byte_range_lock);
    return {};
}

std::vector<OpenLocks::File::Range>::iterator OpenLocks::find(std::uint64_t offset,
                                                              std::uint64_t length) const noexcept {
    return std::find_if(file_->ranges.begin(), file_->ranges.end(), [&](const auto& range) {
        return range.owner == owner_ && range.offset == offset && range.length == length;
    });
}

Result<void> OpenLocks::check(BlockMask use, std::uint64_t offset, std::uint64_t length) const {
    if (file_ == nullptr || file_->mandatory.load(std::memory_order_acquire) == 0 || length == 0)
        return {};
    const std::lock_guard lock(table_->mutex_);
    for (const auto& range : file_->ranges) {
        if (range.owner != owner_ && is_mandatory(range.block) && (range.block & use) != 0 &&
            overlap(range, offset, end_of(offset, length)))
            return failure(Status::byte_range_lock_conflict);
    }
    return {};
}

std::optional<FileIdentity> OpenLocks::id() const noexcept {
    return file_ != nullptr ? std::optional(file_->id) : std::nullopt;
}

void OpenLocks::release() noexcept {
    if (file_ == nullptr) return;
    File& file = *std::exchange(file_, nullptr);
    const auto table = std::move(table_);
    const std::lock_guard lock(table->mutex_);
    const auto ours = [owner = owner_](const auto& held) { return held.owner == owner; };
    std::erase_if(file.opens, ours);
    std::erase_if(file.ranges, ours);
    if (file.opens.empty()) {
        table->files_.erase(file.id);
        return;
    }
    file.mandatory = static_cast<std::size_t>(
        std::count_if(file.ranges.begin(), file.ranges.end(),
                      [](const auto& range) { return is_mandatory(range.block); }));
}

Result<OpenLocks> RangeLocks::open(FileIdentity id, BlockMask uses, BlockMask block) {
    if (block == kBlockAdvisory) block = 0;
    if (block != 0) NACRE_CHECK(check_mask(block));
    const std::lock_guard lock(mutex_);
    const auto known = files_.find(id);
    OpenLocks::File::Open mine{++last_owner_, uses, block};
    if (known != files_.end()) {
        for (const auto& other : known->second->opens) {
            if (keeps_out(other, mine) || keeps_out(mine, other))
                return failure(Status::lock_conflict);
        }
    }
    auto entry = known;
    if (entry == files_.end()) {
        auto file = std::make_unique<OpenLocks::File>();
        file->id = id;
        entry = files_.emplace(id, std::move(file)).first;
    }
    entry->second->opens.push_back(mine);
    return OpenLocks(shared_from_this(), entry->second.get(), mine.owner);
}

Result<void> RangeLocks::check_delete(FileIdentity id) const {
    const std::lock_guard lock(mutex_);
    const auto file = files_.find(id);
    if (file == files_.end()) return {};
    const auto keeps = [](const auto& held) {
        return (held.block & kBlockDelete) != 0 && is_mandatory(held.block);
    };
    const auto& opens = file->second->opens;
    const auto& ranges = file->second->ranges;
    if (std::any_of(opens.begin(), opens.end(), keeps) ||
        std::any_of(ranges.begin(), ranges.end(), keeps))
        return failure(Status::lock_conflict);
    return {};
}

}  // namespace nacre::sftp
