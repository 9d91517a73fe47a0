#include "sftp/mount_table.hpp"

#include "sftp/lexical_path.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

constexpr Error misuse(const char* what) noexcept {
    return {Errc::local_misuse, Disconnect::none, 0, what};
}

}  // namespace

Result<MountTable> MountTable::make(std::vector<Mount> mounts, std::string_view home) {
    if (mounts.empty() || mounts.size() > kMaxMounts) return misuse("no mounts, or too many");
    if (!home.starts_with('/')) return misuse("the home folder is not absolute");
    for (auto& mount : mounts) {
        if (!mount.folder.starts_with('/')) return misuse("a mount's folder is not absolute");
        if (!mount.filesystem) return misuse("a mount without files");
        mount.folder = lexically_absolute(mount.folder);
    }
    std::sort(mounts.begin(), mounts.end(),
              [](const Mount& a, const Mount& b) { return a.folder < b.folder; });
    const auto twice =
        std::adjacent_find(mounts.begin(), mounts.end(),
                           [](const Mount& a, const Mount& b) { return a.folder == b.folder; });
    if (twice != mounts.end()) return misuse("two mounts in one folder");
    MountTable table;
    table.mounts_ = std::move(mounts);
    table.home_ = lexically_absolute(home);
    return table;
}

MountTable::Place MountTable::find(std::string_view path) const {
    Place place;
    place.path = lexically_absolute(path, home_);
    for (const auto& mount : mounts_) {
        // Behind each other in the table, the longest last.
        if (is_at_or_below(place.path, mount.folder)) {
            place.mount = &mount;
        } else if (is_at_or_below(mount.folder, place.path)) {
            place.leads_to_mount = true;
        }
    }
    if (place.mount == nullptr) return place;
    place.is_mount = place.mount->folder == place.path;
    if (place.is_mount) {
        place.inner = std::string("/");
        return place;
    }
    const auto skip = place.mount->folder == "/" ? 0 : place.mount->folder.size();
    place.inner = place.path.substr(skip);
    // Says that a folder is meant.
    if (path.ends_with('/')) place.inner += '/';
    return place;
}

std::string MountTable::outer(const Mount& mount, std::string_view inner) {
    const auto path = lexically_absolute(inner);
    if (mount.folder == "/") return path;
    return path == "/" ? mount.folder : mount.folder + path;
}

std::vector<std::string> MountTable::names_in(std::string_view folder) const {
    std::vector<std::string> names;
    const auto skip = folder == "/" ? 1 : folder.size() + 1;
    for (const auto& mount : mounts_) {
        if (mount.folder.size() <= skip || !is_at_or_below(mount.folder, folder)) continue;
        auto name = mount.folder.substr(skip);
        name.resize(std::min(name.find('/'), name.size()));
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    }
    return names;
}

}  // namespace nacre::sftp
