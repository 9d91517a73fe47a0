/// \file
/// Files with the modes that they should have, or others.
#pragma once
#include <nacre/fs/key_files.hpp>

#include <catch2/catch_all.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace nacre::test {

/// A folder of our own, gone afterwards.
class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "nacre-keys-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = std::filesystem::canonical(name).string();
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
        const std::string path = *this / name;
        std::ofstream(path, std::ios::binary) << text;
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    std::string folder(const std::string& name, mode_t mode = 0700) const {
        const std::string path = *this / name;
        REQUIRE(::mkdir(path.c_str(), mode) == 0);
        REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }

  private:
    std::string path_;
};

/// A home folder with .ssh/authorized_keys as they should be.
struct Home {
    Folder root;
    std::string home = root.folder("home", 0755);
    std::string ssh = root.folder("home/.ssh");
    std::string keys = root.file("home/.ssh/authorized_keys", "# nobody\n");
    StrictModes strict{::geteuid(), home};

    FileResult<std::string> read() const { return read_authorized_keys_file(keys, strict); }
};

}  // namespace nacre::test
