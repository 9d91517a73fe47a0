/// \file
/// What is served: the folder, others mounted in it, and how names are written on disk.
#pragma once
#include "options.hpp"

#include <nacre/fs/local_filesystem.hpp>
#include <nacre/server/server.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nacre::sftpd {

/// Shared by all connections; of(), from the thread of each loop, makes what one login sees.
class Folders {
  public:
    /// Once, before all else: what is wrong with the options, or nothing.
    std::string take(const Options& options);

    /// The file system of one login. On the thread of `loop`, which outlives it.
    Result<std::shared_ptr<nacre::sftp::Filesystem>> filesystem(server::Loop& loop);

    const std::string& root() const noexcept { return places_.front().config.root; }

  private:
    struct Place {
        std::string path;  ///< where clients see it
        fs::LocalFilesystemConfig config;
    };

    std::vector<fs::LocalFolder>& folders_of(server::Loop& loop);

    std::vector<Place> places_;  ///< the root comes first
    std::string home_;
    std::string charset_;
    std::mutex mutex_;
    std::map<server::Loop*, std::vector<fs::LocalFolder>> folders_;  ///< as in places_
};

}  // namespace nacre::sftpd
