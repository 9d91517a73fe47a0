#include "fs/local_directory.hpp"

#include "fs/attrs_change.hpp"
#include "fs/background.hpp"
#include "fs/upload.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

namespace nacre::fs {
namespace {

/// Owners looked up after one reading.
constexpr std::size_t kMaxAsked = 64;

constexpr int kLook = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT;

Result<std::vector<sftp::DirEntry>> entries_above(OpenDirectory& directory) {
    std::vector<sftp::DirEntry> entries;
    if (std::exchange(directory.only_was_read, true)) return entries;
    NACRE_TRY(const auto attrs, directory.tree->attrs_above());
    for (const std::string& name : {std::string("."), std::string(".."), directory.only})
        entries.push_back({name, attrs});
    return entries;
}

}  // namespace

Result<std::vector<sftp::DirEntry>> read_entries(OpenDirectory& directory, std::size_t max_entries,
                                                 const Names& names) {
    if (!directory.only.empty()) return entries_above(directory);
    std::vector<sftp::DirEntry> entries;
    DIR* const stream = directory.stream.get();
    const int fd = ::dirfd(stream);
    const bool hides = directory.tree->config().atomic_upload.enabled;
    const std::size_t most = std::max<std::size_t>(max_entries, 1);
    while (entries.size() < most) {
        errno = 0;
        const dirent* const found = ::readdir(stream);
        if (found == nullptr) {
            if (errno != 0 && entries.empty()) return sftp::failure_from_errno(errno);
            break;
        }
        if (hides && std::string_view(found->d_name).starts_with(kUnfinishedPrefix)) continue;
        const bool hidden = directory.is_root && std::string_view(found->d_name) == "..";
        struct stat status {};
        if (::fstatat(fd, hidden ? "." : found->d_name, &status, kLook) == 0) {
            entries.push_back({found->d_name, attrs_of(status, names)});
        } else if (errno != ENOENT) {
            // The folder may be listed but not searched: a name is better than nothing.
            sftp::DirEntry entry;
            entry.name = found->d_name;
            entry.attrs.type = file_type_of(static_cast<mode_t>(DTTOIF(found->d_type)));
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

/// Looks up in the executor who was shown by number for want of a name.
void LocalDirectory::ask_for_names(const std::vector<sftp::DirEntry>& entries) {
    PosixNames& names = directory_->tree->shared().names;
    std::set<std::pair<std::uint32_t, std::uint32_t>> unknown;
    for (const auto& entry : entries) {
        if (!entry.attrs.uid || !entry.attrs.gid) continue;
        const std::pair owners{*entry.attrs.uid, *entry.attrs.gid};
        if (unknown.size() < kMaxAsked && unknown.count(owners) == 0 &&
            !names.knows(owners.first, owners.second))
            unknown.insert(owners);
    }
    if (unknown.empty()) return;
    answer_with(executor_, true, Reply<void>::from([](Result<void>&&) {}),
                [tree = directory_->tree, unknown = std::move(unknown)]() -> Result<void> {
                    for (const auto& owners : unknown) {
                        tree->shared().names.user(owners.first);
                        tree->shared().names.group(owners.second);
                    }
                    return {};
                });
}

void LocalDirectory::read(std::size_t max_entries, Reply<std::vector<sftp::DirEntry>> reply) {
    if (directory_->blocks) {
        answer_with(executor_, true, std::move(reply), [directory = directory_, max_entries] {
            return read_entries(*directory, max_entries, directory->tree->names());
        });
        return;
    }
    const Names names = directory_->tree->known_names();
    auto entries = read_entries(*directory_, max_entries, names);
    if (entries && names.source == Names::Source::known) ask_for_names(*entries);
    reply(std::move(entries));
}

void LocalDirectory::stat(sftp::AttrMask wanted, Reply<sftp::Attrs> reply) {
    answer_with(executor_, true, std::move(reply),
                [directory = directory_, wanted]() -> Result<sftp::Attrs> {
                    if (!directory->stream) return directory->tree->attrs_above();
                    return attrs_of_fd(::dirfd(directory->stream.get()), wanted,
                                       directory->tree->names());
                });
}

void LocalDirectory::set_stat(const sftp::Attrs& attrs, Reply<void> reply) {
    if (directory_->tree->config().read_only || !directory_->stream)
        return reply(sftp::failure(sftp::Status::permission_denied));
    if (attrs.size || attrs.allocation_size)
        return reply(sftp::failure(sftp::Status::file_is_a_directory));
    answer_with(executor_, directory_->blocks || needs_names(attrs), std::move(reply),
                [directory = directory_, attrs]() -> Result<void> {
                    LocalTree& tree = *directory->tree;
                    const int fd = ::dirfd(directory->stream.get());
                    NACRE_TRY(const auto change,
                              plan_change(fd, attrs, Descriptor::open, tree.config().mode_mask,
                                          tree.shared().names));
                    return apply_change(fd, Descriptor::open, change);
                });
}

}  // namespace nacre::fs
