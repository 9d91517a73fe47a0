/// \file
/// The operations of a LocalFilesystem on paths, as calls that block.
#pragma once
#include "fs/attrs_change.hpp"
#include "fs/attrs_posix.hpp"
#include "fs/jail.hpp"
#include "fs/local_shared.hpp"
#include "fs/storage.hpp"

#include <nacre/fs/local_filesystem.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::fs {

struct OpenFile;
struct OpenDirectory;

/// Shared by the file system, its files and all jobs. Usable on all threads.
class LocalTree : public std::enable_shared_from_this<LocalTree> {
  public:
    LocalTree(LocalFilesystemConfig config, Jail jail);

    const LocalFilesystemConfig& config() const noexcept { return config_; }
    sftp::FilesystemTraits traits() const noexcept;
    LocalShared& shared() const noexcept { return *shared_; }
    /// How owners are shown by what may block.
    Names names() const noexcept {
        return {&shared_->names,
                config_.numeric_names_only ? Names::Source::numbers : Names::Source::look_up};
    }
    /// The same for what must not.
    Names known_names() const noexcept {
        return {&shared_->names,
                config_.numeric_names_only ? Names::Source::numbers : Names::Source::known};
    }
    const Jail& jail() const noexcept { return jail_; }
    // at_once.cpp: whether an operation can be done without waiting for a disk or a network, as far
    // as the kernel tells. These do not wait themselves, and say no when in doubt.

    /// Looking: what is not changed, and not opened.
    bool looks_at_once(std::string_view path, sftp::Follow follow);
    bool opens_at_once(std::string_view path, sftp::OpenFlags flags);
    /// Changing what is called so, or what a link of that name leads to, its size too.
    bool alters_at_once(std::string_view path);
    /// Giving and taking away names in the folder of `path`.
    bool names_at_once(std::string_view path);
    /// Removing a file, which takes its time when it is large: where it is, for remove(). Nothing:
    /// not at once.
    std::optional<Jail::Place> removes_at_once(std::string_view path);
    /// The answer of stat(), if it can be given at once.
    std::optional<Result<sftp::Attrs>> stat_at_once(std::string_view path, sftp::Follow follow,
                                                    sftp::AttrMask wanted);
    /// Of an open file that is not remote, if the names of its owners are known.
    std::optional<Result<sftp::Attrs>> attrs_at_once(int fd, sftp::AttrMask wanted);

    Result<std::shared_ptr<OpenFile>> open(std::string_view path, sftp::OpenFlags flags,
                                           const sftp::Attrs& attrs);
    Result<std::shared_ptr<OpenDirectory>> open_directory(std::string_view path);
    Result<sftp::Attrs> attrs_above();
    /// Removes what uploads left behind.
    void sweep() const;
    Result<sftp::RealPath> real_path(std::string_view path, sftp::PathCheck check);
    Result<sftp::Attrs> stat(std::string_view path, sftp::Follow follow, sftp::AttrMask wanted);
    Result<void> set_stat(std::string_view path, const sftp::Attrs& attrs, sftp::Follow follow);
    Result<void> remove(std::string_view path);
    Result<void> remove(const Jail::Place& place);
    Result<void> make_directory(std::string_view path, const sftp::Attrs& attrs);
    Result<void> remove_directory(std::string_view path);
    Result<void> rename(std::string_view from, std::string_view to, bool overwrite);
    Result<std::string> read_link(std::string_view path);
    Result<void> symlink(std::string_view target, std::string_view link);
    Result<void> hard_link(std::string_view existing, std::string_view link);
    Result<sftp::FilesystemStats> stat_filesystem(std::string_view path);
    /// Both open; the target has no name yet.
    struct Copy {
        std::shared_ptr<OpenFile> source;
        std::shared_ptr<OpenFile> target;
    };
    /// lock_conflict if somebody keeps others from writing to what has that name, or from removing
    /// it.
    Result<void> check_replace(const Jail::Place& place) const;
    Result<Copy> begin_copy(std::string_view from, std::string_view to, bool overwrite);
    Result<std::string> temporary_folder() const;
    Result<std::string> make_temporary_folder();
    /// To what the settings leave.
    void limit_stats(sftp::FilesystemStats& stats) const;
    /// Counted, which may block for long when it is the first time; null: there is none.
    std::shared_ptr<Quota> quota() const;
    /// Whether quota() does not block.
    bool quota_at_once() const noexcept { return !config_.quota || config_.quota->counted(); }
    Result<std::string> home_directory(const std::string& user);

  private:
    std::optional<Jail::Place> place_in_memory(std::string_view path);
    bool misses_at_once(std::string_view path);
    bool makes_at_once(std::string_view path);
    Result<void> check_writable() const noexcept;
    /// Whether it begins without a name. Nothing: it is opened as other files are.
    Result<std::shared_ptr<OpenFile>> open_upload(std::string_view path, sftp::OpenFlags flags,
                                                  const sftp::Attrs& attrs);
    Result<void> block_whole(const OpenFile& file);
    /// O_PATH; for a folder above the one that clients are confined to, that one.
    Result<OwnedFd> open_or_inside(std::string_view path) const;
    Result<void> check_delete(const Jail::Place& place) const;
    /// Makes room in a file that was just opened. Takes it away again if there is none.
    Result<void> reserve(const OpenFile& file, std::string_view path, std::uint64_t bytes);
    /// The mode of something new; what gets an ACL is at first for its owner only.
    mode_t allowed_mode(const sftp::Attrs& attrs, mode_t otherwise) const noexcept;
    /// Gives something new its ACL, if one is asked for.
    Result<void> give_acl(int fd, Descriptor kind, const sftp::Attrs& attrs);
    /// Opens a file that may be made by it; `made`: it certainly was.
    Result<OwnedFd> open_or_make(std::string_view path, int how, const sftp::Attrs& attrs,
                                 bool& made);
    /// Where something new is to be.
    Result<Jail::Place> new_place(std::string_view path, bool directory) const;

    const LocalFilesystemConfig config_;
    Jail jail_;
    const std::shared_ptr<LocalShared> shared_;
    StorageTable storages_;
    const bool acls_;
};

}  // namespace nacre::fs
