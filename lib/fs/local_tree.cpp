#include "fs/local_tree.hpp"

#include "fs/attrs_change.hpp"
#include "fs/local_directory.hpp"
#include "fs/rename_new.hpp"
#include "fs/tree_scan.hpp"
#include "fs/upload.hpp"

#include <climits>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nacre::fs {
namespace {

using sftp::failure;
using sftp::failure_from_errno;
using sftp::Follow;
using sftp::Status;

// OpenSSH's.
constexpr mode_t kDirectoryMode = 0777;

// acl-supported (draft-13 s5.6.2)
constexpr std::uint32_t kAclAllow = 1;
constexpr std::uint32_t kAclDeny = 2;

constexpr std::uint32_t kModeAbove = 0555;

/// A FIFO or a device must not make open() wait.
constexpr int kNoWait = O_NONBLOCK | O_NOCTTY;

Result<void> from_return(int result) noexcept {
    if (result != 0) return failure_from_errno(errno);
    return {};
}

Result<struct stat> status_of(int fd) noexcept {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failure_from_errno(errno);
    return status;
}

bool is_directory(const Jail::Place& place) noexcept {
    struct stat status {};
    return ::fstatat(place.folder.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

int follow_flag(Follow follow) noexcept {
    return follow == Follow::yes ? 0 : O_NOFOLLOW;
}

}  // namespace

LocalTree::LocalTree(LocalFilesystemConfig config, Jail jail)
    : config_(std::move(config)),
      jail_(std::move(jail)),
      shared_(config_.shared ? config_.shared : make_local_shared()),
      acls_(has_acls(jail_.inside())) {
    if (config_.atomic_upload.enabled) jail_.hide(kUnfinishedPrefix);
}

sftp::FilesystemTraits LocalTree::traits() const noexcept {
    sftp::FilesystemTraits traits;
    traits.attrs = acls_ ? kLocalAttrs : kLocalAttrs & ~sftp::kAttrAcl;
    traits.attrib_bits = kLocalBits;
    traits.acl_capabilities = acls_ ? kAclAllow | kAclDeny : 0;
    traits.locks = true;
    return traits;
}

Result<void> LocalTree::check_writable() const noexcept {
    if (config_.read_only) return failure(Status::permission_denied);
    return {};
}

mode_t LocalTree::allowed_mode(const sftp::Attrs& attrs, mode_t otherwise) const noexcept {
    const mode_t possible = has_acl(attrs) ? 07700 : 07777;
    return static_cast<mode_t>(attrs.permissions.value_or(otherwise) & config_.mode_mask &
                               possible & ~config_.umask);
}

Result<void> LocalTree::give_acl(int fd, Descriptor kind, const sftp::Attrs& attrs) {
    if (!has_acl(attrs)) return {};
    sftp::Attrs only;
    only.extra.make().acl = attrs.extra->acl;
    NACRE_TRY(const auto change,
              plan_change(fd, only, kind, config_.mode_mask & ~config_.umask, shared_->names));
    return apply_change(fd, kind, change);
}

Result<Jail::Place> LocalTree::new_place(std::string_view path, bool directory) const {
    NACRE_TRY(auto place, jail_.place(path));
    if (!place.has_name()) return failure(Status::file_already_exists);
    if (place.slash && !directory) return failure(Status::no_such_file);
    return place;
}

Result<std::shared_ptr<OpenDirectory>> LocalTree::open_directory(std::string_view path) {
    auto directory = std::make_shared<OpenDirectory>();
    auto found = jail_.open(path, O_RDONLY | O_DIRECTORY | kNoWait);
    if (!found) {
        auto only = jail_.next_inside(path);
        if (!only) return found.error();
        directory->only = std::move(*only);
        directory->tree = shared_from_this();
        return directory;
    }
    OwnedFd fd = std::move(*found);
    NACRE_TRY(const auto status, status_of(fd.get()));
    directory->is_root = jail_.is_top(status);
    directory->blocks = storages_.of(fd.get())->residence != Residence::memory;
    directory->tree = shared_from_this();
    directory->stream.reset(::fdopendir(fd.get()));
    if (!directory->stream) return failure_from_errno(errno);
    fd.release();
    return directory;
}

/// A folder above the one that clients are confined to: no more than that it is there.
Result<sftp::Attrs> LocalTree::attrs_above() {
    NACRE_TRY(auto attrs, attrs_of_fd(jail_.inside(), sftp::kAttrCommon, names()));
    attrs.permissions = kModeAbove;
    attrs.link_count.reset();
    return attrs;
}

Result<sftp::Attrs> LocalTree::stat(std::string_view path, Follow follow, sftp::AttrMask wanted) {
    const auto fd = jail_.open(path, O_PATH | follow_flag(follow));
    if (!fd) return jail_.next_inside(path) ? attrs_above() : fd.error();
    return attrs_of_fd(fd->get(), wanted, names());
}

Result<sftp::RealPath> LocalTree::real_path(std::string_view path, sftp::PathCheck check) {
    sftp::RealPath real;
    if (check == sftp::PathCheck::no_check) {
        NACRE_TRY(real.path, jail_.lexical(path));
        return real;
    }
    auto canonical = jail_.canonical(path);
    if (canonical) {
        real.path = std::move(*canonical);
    } else if (check == sftp::PathCheck::stat_if) {
        NACRE_TRY(real.path, jail_.lexical(path));
        return real;
    } else {
        return canonical.error();
    }
    if (check == sftp::PathCheck::last_may_miss) return real;
    auto attrs = stat(real.path, Follow::yes, sftp::kAttrCommon);
    if (attrs) {
        real.attrs = std::move(*attrs);
    } else if (check == sftp::PathCheck::stat_always) {
        return attrs.error();
    }
    return real;
}

Result<void> LocalTree::set_stat(std::string_view path, const sftp::Attrs& attrs, Follow follow) {
    NACRE_CHECK(check_writable());
    // Only a file that is open can be cut.
    const bool opens = attrs.size || attrs.allocation_size;
    const int how = opens ? O_WRONLY | kNoWait : O_PATH;
    NACRE_TRY(const auto fd, jail_.open(path, how | follow_flag(follow)));
    NACRE_TRY(const auto status, status_of(fd.get()));
    if (opens && !S_ISREG(status.st_mode))
        return failure(Status::permission_denied, "Not a regular file");
    const auto kind = opens                     ? Descriptor::open
                      : S_ISLNK(status.st_mode) ? Descriptor::path_link
                                                : Descriptor::path;
    NACRE_TRY(const auto change,
              plan_change(fd.get(), attrs, kind, config_.mode_mask, shared_->names));
    if (const auto size = change.lowest_size()) {
        NACRE_TRY(const auto locks, shared_->locks->open(id_of(status), sftp::kBlockWrite, 0));
        NACRE_CHECK(locks.check(sftp::kBlockWrite, *size, UINT64_MAX));
    }
    return apply_with_quota(fd.get(), kind, change,
                            opens ? QuotaShare(quota(), status) : QuotaShare());
}

std::shared_ptr<Quota> LocalTree::quota() const {
    if (config_.quota) config_.quota->count(jail_.inside());
    return config_.quota;
}

Result<void> LocalTree::check_delete(const Jail::Place& place) const {
    if (!shared_->deletes_blocked) return {};
    NACRE_TRY(const auto status, status_of_name(place));
    return status ? shared_->locks->check_delete(id_of(*status)) : Result<void>();
}

Result<void> LocalTree::check_replace(const Jail::Place& place) const {
    NACRE_CHECK(check_delete(place));
    NACRE_TRY(const auto status, status_of_name(place));
    if (!status || !S_ISREG(status->st_mode)) return {};
    NACRE_TRY(const auto locks, shared_->locks->open(id_of(*status), sftp::kBlockWrite, 0));
    const auto free = locks.check(sftp::kBlockWrite, 0, UINT64_MAX);
    return free ? free : failure(Status::lock_conflict);
}

void LocalTree::sweep() const {
    if (config_.read_only) return;
    scan_tree(jail_.inside(), [this](int folder, const char* name, const struct stat& status) {
        if (is_left_over(folder, name, status, shared_->started())) ::unlinkat(folder, name, 0);
    });
}

Result<void> LocalTree::remove(std::string_view path) {
    NACRE_CHECK(check_writable());
    NACRE_TRY(const auto place, jail_.place(path));
    return remove(place);
}

Result<void> LocalTree::remove(const Jail::Place& place) {
    NACRE_CHECK(check_writable());
    if (!place.has_name()) return failure(Status::file_is_a_directory);
    if (place.slash)
        return failure(is_directory(place) ? Status::file_is_a_directory : Status::not_a_directory);
    NACRE_CHECK(check_delete(place));
    NACRE_TRY(const auto gone, last_name(config_.quota, place));
    NACRE_CHECK(from_return(::unlinkat(place.folder.get(), place.name.c_str(), 0)));
    if (gone) config_.quota->name_gone(gone->id, gone->size);
    return {};
}

Result<void> LocalTree::make_directory(std::string_view path, const sftp::Attrs& attrs) {
    NACRE_CHECK(check_writable());
    NACRE_TRY(const auto place, new_place(path, true));
    const int folder = place.folder.get();
    const char* const name = place.name.c_str();
    NACRE_CHECK(from_return(::mkdirat(folder, name, allowed_mode(attrs, kDirectoryMode))));
    if (!has_acl(attrs)) return {};
    const OwnedFd fd(::openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    auto given = fd ? give_acl(fd.get(), Descriptor::path, attrs) : failure_from_errno(errno);
    if (!given) ::unlinkat(folder, name, AT_REMOVEDIR);
    return given;
}

Result<void> LocalTree::remove_directory(std::string_view path) {
    NACRE_CHECK(check_writable());
    NACRE_TRY(const auto place, jail_.place(path));
    if (!place.has_name()) return failure(Status::invalid_parameter);
    return from_return(::unlinkat(place.folder.get(), place.name.c_str(), AT_REMOVEDIR));
}

Result<void> LocalTree::rename(std::string_view from, std::string_view to, bool overwrite) {
    NACRE_CHECK(check_writable());
    NACRE_TRY(const auto source, jail_.place(from));
    NACRE_TRY(const auto target, jail_.place(to));
    if (!source.has_name()) return failure(Status::invalid_parameter);
    if (!target.has_name())
        return failure(overwrite ? Status::invalid_parameter : Status::file_already_exists);
    if ((source.slash || target.slash) && !is_directory(source))
        return failure(Status::not_a_directory);
    NACRE_CHECK(check_delete(source));
    if (overwrite) NACRE_CHECK(check_delete(target));
    const char* const old_name = source.name.c_str();
    const char* const new_name = target.name.c_str();
    if (overwrite) {
        NACRE_TRY(auto gone, last_name(config_.quota, target));
        if (gone) {
            // A file that is renamed to itself stays.
            NACRE_TRY(const auto moved, status_of_name(source));
            if (moved && gone->id == Quota::FileId(moved->st_dev, moved->st_ino)) gone.reset();
        }
        NACRE_CHECK(
            from_return(::renameat(source.folder.get(), old_name, target.folder.get(), new_name)));
        if (gone) config_.quota->name_gone(gone->id, gone->size);
        return {};
    }
    const int error = rename_new(source.folder.get(), old_name, target.folder.get(), new_name);
    if (error != 0) return failure_from_errno(error);
    return {};
}

Result<std::string> LocalTree::read_link(std::string_view path) {
    NACRE_TRY(const auto fd, jail_.open(path, O_PATH | O_NOFOLLOW));
    NACRE_TRY(const auto status, status_of(fd.get()));
    if (!S_ISLNK(status.st_mode)) return failure(Status::invalid_parameter, "Not a symbolic link");
    std::array<char, PATH_MAX + 1> text;
    const ssize_t n = ::readlinkat(fd.get(), "", text.data(), text.size());
    if (n < 0) return failure_from_errno(errno);
    const auto size = static_cast<std::size_t>(n);
    if (size == text.size()) return failure_from_errno(ENAMETOOLONG);
    return std::string(text.data(), size);
}

Result<void> LocalTree::symlink(std::string_view target, std::string_view link) {
    NACRE_CHECK(check_writable());
    if (target.size() > Jail::kMaxPath)
        return failure(Status::invalid_filename, "File name too long");
    if (target.find('\0') != std::string_view::npos) return failure(Status::invalid_filename);
    NACRE_TRY(const auto place, new_place(link, false));
    return from_return(
        ::symlinkat(std::string(target).c_str(), place.folder.get(), place.name.c_str()));
}

Result<void> LocalTree::hard_link(std::string_view existing, std::string_view link) {
    NACRE_CHECK(check_writable());
    NACRE_TRY(const auto source, jail_.place(existing));
    if (!source.has_name()) return failure(Status::permission_denied, "Is a directory");
    if (source.slash && !is_directory(source)) return failure(Status::not_a_directory);
    NACRE_TRY(const auto place, new_place(link, false));
    // Without AT_SYMLINK_FOLLOW: of a symbolic link, the link itself gets the second name.
    return from_return(::linkat(source.folder.get(), source.name.c_str(), place.folder.get(),
                                place.name.c_str(), 0));
}

Result<OwnedFd> LocalTree::open_or_inside(std::string_view path) const {
    auto fd = jail_.open(path, O_PATH);
    if (!fd && jail_.next_inside(path)) return jail_.open(jail_.confine(), O_PATH);
    return fd;
}

Result<sftp::FilesystemStats> LocalTree::stat_filesystem(std::string_view path) {
    NACRE_TRY(const auto fd, open_or_inside(path));
    NACRE_TRY(auto stats, filesystem_stats(fd.get()));
    limit_stats(stats);
    return stats;
}

void LocalTree::limit_stats(sftp::FilesystemStats& stats) const {
    stats.read_only = stats.read_only || config_.read_only;
    const auto quota = this->quota();
    if (!quota || stats.fragment_size == 0) return;
    const auto lower = [&stats](std::uint64_t& blocks, std::uint64_t bytes) {
        blocks = std::min(blocks, bytes / stats.fragment_size);
    };
    lower(stats.blocks, quota->limit());
    lower(stats.blocks_free, quota->left());
    lower(stats.blocks_available, quota->left());
}

Result<std::string> LocalTree::home_directory(const std::string& user) {
    if (user.empty()) return jail_.home();
    // Where others are at home is known as seen from outside; that is of use if we are there.
    struct stat outside {};
    std::string home;
    if (config_.allow_other_homes && jail_.confine().empty() && ::stat("/", &outside) == 0 &&
        jail_.is_root(outside))
        home = home_of_user(user);
    if (home.empty()) return failure(Status::no_such_file, "no such user");
    return home;
}

}  // namespace nacre::fs
