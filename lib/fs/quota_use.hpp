/// \file
/// What an operation does to a quota.
#pragma once
#include "fs/jail.hpp"

#include <nacre/fs/quota.hpp>

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace nacre::fs {

/// A file's part of a quota; default constructed: there is no quota.
class QuotaShare {
  public:
    QuotaShare() = default;
    QuotaShare(std::shared_ptr<Quota> quota, const struct stat& status);

    explicit operator bool() const noexcept { return file_ != nullptr; }
    /// quota_exceeded if the file may not be that large.
    Result<void> grow(std::uint64_t size) const;
    /// quota_exceeded if there is no room for a write. \param append  at the end as it is counted
    Result<void> grow_by(std::uint64_t offset, std::uint64_t bytes, bool append) const;
    /// quota_exceeded if there would be no room for so much; nothing is counted.
    Result<void> has_room(std::uint64_t size) const;
    void settle(std::uint64_t size) const;
    /// The same, if it was counted as smaller.
    void settle_above(std::uint64_t size) const;
    /// As the descriptor tells; false if it does not.
    bool settle_as(int fd) const;

  private:
    std::shared_ptr<Quota> quota_;
    std::shared_ptr<Quota::File> file_;
};

/// A file that goes with its last name.
struct LastName {
    Quota::FileId id;
    std::uint64_t size = 0;
};
/// The file of that name; nothing if there is none, other names keep it, or it does not count. When
/// that cannot be told the name must stay: the bytes would count for ever.
Result<std::optional<LastName>> last_name(const std::shared_ptr<Quota>& quota,
                                          const Jail::Place& place) noexcept;

}  // namespace nacre::fs
