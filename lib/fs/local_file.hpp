/// \file
/// An open file of a LocalFilesystem.
#pragma once
#include "fs/local_tree.hpp"
#include "fs/quota_use.hpp"
#include "fs/upload.hpp"

#include <nacre/base/executor.hpp>

#include <atomic>
#include <optional>

namespace nacre::fs {

/// What of an open file is shared with the jobs that work on it.
struct OpenFile {
    sftp::OpenLocks locks;  ///< ends after the descriptor, which holds the locks of the system
    OwnedFd fd;
    sftp::OpenFlags flags;
    Jail::Place doomed;  ///< what is removed when the handle ends; without a name: nothing
    std::optional<Upload> upload;
    QuotaShare quota;
    std::atomic<bool> incomplete{false};  ///< a write failed
    mutable std::atomic<int> copies{0};   ///< into this file, under way
    std::shared_ptr<Storage> storage;
    std::shared_ptr<LocalTree> tree;
    std::atomic<bool> abandoned{false};  ///< nobody waits for a copy any more
    Executor* closes_in = nullptr;       ///< where the end may wait for a server; null: anywhere
};

/// One that asks a server elsewhere, whoever is the last to let it go.
std::shared_ptr<OpenFile> make_open_file();

/// Ends the use of a file: removes the name that is to go, publishes or keeps an upload, closes.
Result<void> end_file(const std::shared_ptr<OpenFile>& open, sftp::HandleEnd why);

class LocalFile final : public sftp::File {
  public:
    LocalFile(std::shared_ptr<OpenFile> file, Executor& executor)
        : file_(std::move(file)), executor_(executor) {
        file_->closes_in = &executor;
    }
    ~LocalFile() override;

    std::optional<sftp::FileIdentity> identity() const noexcept override {
        return file_->locks.id();
    }
    void read(std::uint64_t offset, sftp::ReadBuffer buffer,
              Reply<sftp::ReadBuffer> reply) override;
    void write(std::uint64_t offset, sftp::WriteBuffer buffer,
               Reply<sftp::WriteBuffer> reply) override;
    void stat(sftp::AttrMask wanted, Reply<sftp::Attrs> reply) override;
    void set_stat(const sftp::Attrs& attrs, Reply<void> reply) override;
    void sync(Reply<void> reply) override;
    void stat_filesystem(Reply<sftp::FilesystemStats> reply) override;
    void copy_to(std::uint64_t from, std::uint64_t length, sftp::File& to, std::uint64_t at,
                 Reply<void> reply) override;
    void block(std::uint64_t offset, std::uint64_t length, sftp::BlockMask mask,
               Reply<void> reply) override;
    void unblock(std::uint64_t offset, std::uint64_t length, Reply<void> reply) override;
    void close(sftp::HandleEnd why, Reply<void> reply) override;

  private:
    bool blocks() const noexcept { return file_->storage->residence != Residence::memory; }

    std::shared_ptr<OpenFile> file_;  ///< null after close()
    Executor& executor_;
};

}  // namespace nacre::fs
