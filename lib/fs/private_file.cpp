#include "fs/private_file.hpp"

#include "fs/file_refusal.hpp"
#include "fs/owned_fd.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nacre {

namespace {

using detail::failed_call;
using detail::OwnedFd;
using detail::refused;

constexpr mode_t kPrivateMode = 0600;

// A name that nobody can guess and make first.
std::string temporary_name(const std::string& name) {
    std::uint8_t random[8];
    system_rng().fill(random);
    std::string text = "." + name + ".";
    for (const std::uint8_t byte : random)
        for (const int digit : {byte >> 4, byte & 15}) text.push_back("0123456789abcdef"[digit]);
    return text;
}

// Removes the temporary name unless it was renamed.
class Temporary {
  public:
    Temporary(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
    }
    const char* name() const noexcept { return name_.c_str(); }
    void forget() noexcept { name_.clear(); }

  private:
    int folder_;
    std::string name_;
};

bool write_all(int fd, ByteView bytes) noexcept {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(done));
    }
    return true;
}

}  // namespace

namespace detail {

FileResult<Written> write_whole_file(const std::string& path, ByteView bytes, mode_t mode,
                                     IfExists if_exists) {
    const auto slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    if (name.empty()) return refused(path, "not the name of a file");
    const OwnedFd folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return failed_call(parent, "could not be opened");

    Temporary temporary(folder.get(), temporary_name(name));
    const OwnedFd file(::openat(folder.get(), temporary.name(),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file) {
        auto failure = failed_call(path, "could not be made");
        temporary.forget();
        return failure;
    }
    // The umask took bits away; what is asked for is what it shall be.
    if (::fchmod(file.get(), mode) != 0 || !write_all(file.get(), bytes) ||
        ::fsync(file.get()) != 0)
        return failed_call(path, "could not be written");

    if (if_exists == IfExists::replace) {
        if (::renameat(folder.get(), temporary.name(), folder.get(), name.c_str()) != 0)
            return failed_call(path, "could not be replaced");
        temporary.forget();
    } else if (::linkat(folder.get(), temporary.name(), folder.get(), name.c_str(), 0) != 0) {
        if (errno == EEXIST) return Written::kept;
        return failed_call(path, "could not be made");
    }
    if (::fsync(folder.get()) != 0) return failed_call(parent, "could not be synchronised");
    return Written::created;
}

}  // namespace detail

FileResult<Written> write_private_file(const std::string& path, ByteView bytes,
                                       IfExists if_exists) {
    return detail::write_whole_file(path, bytes, kPrivateMode, if_exists);
}

}  // namespace nacre
