/// \file
/// What a loop reads or writes over and over.
#pragma once
#include <nacre/base/result.hpp>

#include <cstdint>
#include <string>

namespace nacre::bench {

class OwnedFile {
  public:
    /// The file at `path`, or when it is empty, one in memory (tmpfs) of at most `size` bytes and
    /// kMostMemory. Errors: local_failed.
    static Result<OwnedFile> to_read(const std::string& path, std::uint64_t size,
                                     std::uint64_t granule);
    /// The file at `path`, /dev/null when it is empty. A file that is no longer than `granule` is
    /// written as if it had `size` bytes. Errors: local_failed.
    static Result<OwnedFile> to_write(const std::string& path, std::uint64_t size,
                                      std::uint64_t granule);

    OwnedFile(OwnedFile&& other) noexcept;
    OwnedFile& operator=(OwnedFile&& other) = delete;
    ~OwnedFile();

    int descriptor() const noexcept { return fd_; }
    /// Bytes to use, a multiple of the granule, at least one.
    std::uint64_t size() const noexcept { return size_; }
    const std::string& name() const noexcept { return name_; }

  private:
    static constexpr std::uint64_t kMostMemory = std::uint64_t{256} * 1024 * 1024;

    OwnedFile(int fd, std::string name) noexcept : fd_(fd), name_(std::move(name)) {}
    Result<void> fill(std::uint64_t size);

    int fd_;
    std::uint64_t size_ = 0;
    std::string name_;
};

}  // namespace nacre::bench
