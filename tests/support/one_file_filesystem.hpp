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

  private:
    std::shared_ptr<sftp::File> file_;
};

}  // namespace nacre::test
