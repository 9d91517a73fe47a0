#include "fs/checked_file.hpp"

#include <nacre/fs/trusted_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <utility>

namespace nacre {

namespace {

constexpr auto kLookAtFolders = std::chrono::seconds(1);
constexpr auto kSettles = std::chrono::seconds(1);
constexpr std::int64_t kNanoseconds = 1'000'000'000;

template <class Time>  // timespec, or statx_timestamp
std::int64_t nanoseconds(const Time& time) noexcept {
    return static_cast<std::int64_t>(time.tv_sec) * kNanoseconds + time.tv_nsec;
}

}  // namespace

TrustedFile::TrustedFile(std::string path, StrictModes strict)
    : path_(std::move(path)), strict_(std::move(strict)) {}

std::optional<TrustedFile::Known> TrustedFile::usable(Instant now) const {
    const std::lock_guard lock(mutex_);
    if (!local_ || !known_.settled || now - known_.looked_at >= kLookAtFolders) return std::nullopt;
    return known_;
}

FileResult<std::shared_ptr<const std::string>> TrustedFile::read(Instant now, WallTime wall) {
    const auto stamp = [](const struct stat& s) {
        return Stamp{s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size),
                     nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
    };
    struct stat status {};
    if (auto known = usable(now);
        known && ::stat(path_.c_str(), &status) == 0 && stamp(status) == known->stamp)
        return std::move(known->text);

    auto text = detail::read_checked_file(path_, strict_, status);
    const std::lock_guard lock(mutex_);
    if (!text) {
        known_ = {};
        return text.refusal();
    }
    if (known_.text == nullptr || *known_.text != *text)
        known_.text = std::make_shared<const std::string>(*std::move(text));
    known_.stamp = stamp(status);
    known_.looked_at = now;
    const std::chrono::nanoseconds changed(known_.stamp.changed);
    known_.settled = wall.time_since_epoch() - changed >= kSettles;
    return known_.text;
}

bool TrustedFile::can_read_at_once(Instant now) {
    if (const auto known = usable(now)) {
        const detail::OwnedFd name = detail::name_in_cache(path_);
        struct statx s {};
        if (name && ::statx(name.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS,
                            &s) == 0) {
            const Stamp here{::makedev(s.stx_dev_major, s.stx_dev_minor), s.stx_ino, s.stx_size,
                             nanoseconds(s.stx_mtime), nanoseconds(s.stx_ctime)};
            if (here == known->stamp) return true;
        }
    }
    const bool at_once = reads_at_once(path_);
    const std::lock_guard lock(mutex_);
    local_ = at_once;
    return at_once;
}

}  // namespace nacre
