/// \file
/// A Filesystem in which every name opens the same file, and nothing else works.
#pragma once
#include <nacre/sftp/filesystem.hpp>

namespace nacre::test {

class OneFileFilesystem final : public sftp::Filesystem {
  public:
    explicit OneFileFilesystem(std::shared_ptr<sftp::File> file) : file_(std::move(file)) {}

    void open(std::string_view, sftp::OpenFlags, const sftp::Attrs&,
              Reply<std::shared_ptr<sftp::File>> reply) override {
        reply(file_);
    }
    void open_directory(std::string_view, Reply<std::shared_ptr<sftp::Directory>> r) override {
        refuse(r);
    }
    void stat(std::string_view, sftp::Follow, Reply<sftp::Attrs> r) override { refuse(r); }
    void set_stat(std::string_view, const sftp::Attrs&, sftp::Follow, Reply<void> r) override {
        refuse(r);
    }
    void remove(std::string_view, Reply<void> r) override { refuse(r); }
    void make_directory(std::string_view, const sftp::Attrs&, Reply<void> r) override { refuse(r); }
    void remove_directory(std::string_view, Reply<void> r) override { refuse(r); }
    void real_path(std::string_view, Reply<std::string> r) override { refuse(r); }
    void rename(std::string_view, std::string_view, bool, Reply<void> r) override { refuse(r); }
    void read_link(std::string_view, Reply<std::string> r) override { refuse(r); }
    void symlink(std::string_view, std::string_view, Reply<void> r) override { refuse(r); }
    void hard_link(std::string_view, std::string_view, Reply<void> r) override { refuse(r); }
    void stat_filesystem(std::string_view, Reply<sftp::FilesystemStats> r) override { refuse(r); }

  private:
    template <class T>
    static void refuse(Reply<T>& reply) {
        reply(sftp::failure(sftp::Status::op_unsupported));
    }

    std::shared_ptr<sftp::File> file_;
};

/// A file of which only READ and WRITE are of interest.
class DataFile : public sftp::File {
  public:
    void stat(Reply<sftp::Attrs> r) override { refuse(r); }
    void set_stat(const sftp::Attrs&, Reply<void> r) override { refuse(r); }
    void sync(Reply<void> r) override { refuse(r); }
    void stat_filesystem(Reply<sftp::FilesystemStats> r) override { refuse(r); }
    void copy_to(std::uint64_t, std::uint64_t, File&, std::uint64_t, Reply<void> r) override {
        refuse(r);
    }
    void close(Reply<void> r) override { r({}); }

  private:
    template <class T>
    static void refuse(Reply<T>& reply) {
        reply(sftp::failure(sftp::Status::op_unsupported));
    }
};

}  // namespace nacre::test
