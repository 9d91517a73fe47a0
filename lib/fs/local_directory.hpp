/// \file
/// An open directory of a LocalFilesystem.
#pragma once
#include "fs/local_tree.hpp"

#include <nacre/base/executor.hpp>

#include <dirent.h>

namespace nacre::fs {

/// What of an open directory is shared with the jobs that read it.
struct OpenDirectory {
    struct Close {
        void operator()(DIR* open) const noexcept { ::closedir(open); }
    };

    std::unique_ptr<DIR, Close> stream;
    std::shared_ptr<LocalTree> tree;
    /// Not empty: one of the folders above the one that clients are confined to; there is no
    /// stream, and this is the only name that is shown.
    std::string only;
    bool only_was_read = false;
    bool is_root = false;  ///< of the jail: what is above it is not shown
    bool blocks = true;
};

/// The next entries, at most `max_entries` (at least 1); none: the end.
Result<std::vector<sftp::DirEntry>> read_entries(OpenDirectory& directory, std::size_t max_entries,
                                                 const Names& names);

class LocalDirectory final : public sftp::Directory {
  public:
    LocalDirectory(std::shared_ptr<OpenDirectory> directory, Executor& executor)
        : directory_(std::move(directory)), executor_(executor) {}
    void read(std::size_t max_entries, Reply<std::vector<sftp::DirEntry>> reply) override;
    void stat(sftp::AttrMask wanted, Reply<sftp::Attrs> reply) override;
    void set_stat(const sftp::Attrs& attrs, Reply<void> reply) override;

  private:
    void ask_for_names(const std::vector<sftp::DirEntry>& entries);

    std::shared_ptr<OpenDirectory> directory_;
    Executor& executor_;
};

}  // namespace nacre::fs
