#include "owned_file.hpp"

#include <nacre/base/bytes.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace nacre::bench {

namespace {

Error from_errno(const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno), what};
}

std::uint64_t length_of(int fd) noexcept {
    struct stat facts {};
    return ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)
               ? static_cast<std::uint64_t>(facts.st_size)
               : 0;
}

}  // namespace

Result<OwnedFile> OwnedFile::to_read(const std::string& path, std::uint64_t size,
                                     std::uint64_t granule) {
    const bool memory = path.empty();
    const int fd = memory ? ::memfd_create("nacre-bench", MFD_CLOEXEC)
                          : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return from_errno("the file cannot be opened");
    OwnedFile file(fd, memory ? "memory" : path);
    if (memory) NACRE_CHECK(file.fill(std::min(size, kMostMemory)));
    file.size_ = length_of(fd) / granule * granule;
    if (file.size_ == 0)
        return Error{Errc::local_failed, Disconnect::none, 0, "the file is shorter than 256 KiB"};
    return file;
}

Result<OwnedFile> OwnedFile::to_write(const std::string& path, std::uint64_t size,
                                      std::uint64_t granule) {
    const std::string name = path.empty() ? "/dev/null" : path;
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return from_errno("the file cannot be opened");
    OwnedFile file(fd, name);
    const std::uint64_t length = length_of(fd);
    file.size_ = std::max((length > granule ? length : size) / granule, std::uint64_t{1}) * granule;
    return file;
}

OwnedFile::OwnedFile(OwnedFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), name_(std::move(other.name_)) {}

OwnedFile::~OwnedFile() {
    if (fd_ >= 0) ::close(fd_);
}

Result<void> OwnedFile::fill(std::uint64_t size) {
    const Bytes some(1024 * 1024, 0x5a);
    for (std::uint64_t done = 0; done < size;) {
        const auto n = ::write(fd_, some.data(), std::min<std::uint64_t>(some.size(), size - done));
        if (n <= 0) return from_errno("the memory cannot be filled");
        done += static_cast<std::uint64_t>(n);
    }
    return {};
}

}  // namespace nacre::bench
