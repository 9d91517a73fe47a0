#include "fs/quota_use.hpp"

#include <nacre/sftp/status.hpp>

#include <fcntl.h>

namespace nacre::fs {

using sftp::failure;
using sftp::Status;

QuotaShare::QuotaShare(std::shared_ptr<Quota> quota, const struct stat& status)
    : quota_(std::move(quota)) {
    if (quota_)
        file_ = quota_->file({status.st_dev, status.st_ino},
                             static_cast<std::uint64_t>(status.st_size));
}

Result<void> QuotaShare::grow(std::uint64_t size) const {
    if (file_ && !quota_->grow(*file_, size)) return failure(Status::quota_exceeded);
    return {};
}

Result<void> QuotaShare::grow_by(std::uint64_t offset, std::uint64_t bytes, bool append) const {
    if (!file_) return {};
    std::uint64_t begin = offset;
    if (append) {
        const std::lock_guard lock(file_->mutex);
        begin = file_->size;
    }
    return grow(bytes > UINT64_MAX - begin ? UINT64_MAX : begin + bytes);
}

Result<void> QuotaShare::has_room(std::uint64_t size) const {
    if (!file_) return {};
    const std::lock_guard lock(file_->mutex);
    if (size > file_->size && size - file_->size > quota_->left())
        return failure(Status::quota_exceeded);
    return {};
}

void QuotaShare::settle(std::uint64_t size) const {
    if (file_) quota_->settle(*file_, size);
}

void QuotaShare::settle_above(std::uint64_t size) const {
    if (!file_) return;
    {
        const std::lock_guard lock(file_->mutex);
        if (size <= file_->size) return;
    }
    settle(size);
}

bool QuotaShare::settle_as(int fd) const {
    struct stat status {};
    if (!file_) return true;
    if (::fstat(fd, &status) != 0) return false;
    settle(static_cast<std::uint64_t>(status.st_size));
    return true;
}

Result<std::optional<LastName>> last_name(const std::shared_ptr<Quota>& quota,
                                          const Jail::Place& place) noexcept {
    if (quota == nullptr) return std::optional<LastName>();
    NACRE_TRY(const auto status, status_of_name(place));
    if (!status || !S_ISREG(status->st_mode) || status->st_nlink > 1)
        return std::optional<LastName>();
    return std::optional(
        LastName{{status->st_dev, status->st_ino}, static_cast<std::uint64_t>(status->st_size)});
}

}  // namespace nacre::fs
