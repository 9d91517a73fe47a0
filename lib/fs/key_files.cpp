#include "fs/checked_file.hpp"
#include "fs/file_refusal.hpp"
#include "fs/owned_fd.hpp"
#include "keys/text.hpp"

#include <nacre/fs/key_files.hpp>
#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/private_key.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <system_error>

namespace nacre {

namespace {

using detail::failed_call;
using detail::OwnedFd;
using detail::refused;

constexpr mode_t kGroupAndOthers = 077;
constexpr mode_t kWritableByOthers = 022;

// Reads all of an open file into one buffer, so that a secret leaves no copies behind.
FileResult<SecretBytes> read_all(int fd, const std::string& path, std::size_t size,
                                 std::size_t limit) {
    if (size > limit) return refused(path, "file too large");
    SecretBytes bytes(size);
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::read(fd, bytes.data() + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed_call(path, "could not be read");
        if (got == 0) return refused(path, "changed while it was read");
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::optional<std::string> canonical(const std::string& path) {
    const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
    if (!real) return std::nullopt;
    return std::string(real.get());
}

// `fd` is that of `path`. Nothing, or what StrictModes has against it.
std::optional<FileRefusal> fault_of_mode(int fd, const std::string& path, uid_t owner,
                                         bool folder) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return failed_call(path, "could not be examined");
    if (!folder && !S_ISREG(status.st_mode)) return refused(path, "not a regular file");
    if (status.st_uid != owner && status.st_uid != 0)
        return refused(path, "belongs to neither the user nor root");
    if ((status.st_mode & kWritableByOthers) != 0)
        return refused(path, "may be written by group or others");
    return std::nullopt;
}

// Whether the folder `path` is `home` or lies below it; both canonical.
bool is_within(const std::string& path, const std::string& home) {
    if (home == "/") return true;
    return path.starts_with(home) && (path.size() == home.size() || path[home.size()] == '/');
}

// Opens a canonical path folder by folder, and checks each from the home folder on. No component is
// a symbolic link any more, and one that becomes one meanwhile is refused.
FileResult<OwnedFd> open_checked(const std::string& path, uid_t owner, const std::string& home) {
    // The folder part is "" for a file in the root folder.
    const std::string folder_part = path.substr(0, path.rfind('/'));
    const bool below_home = !home.empty() && is_within(folder_part, home);
    OwnedFd folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string so_far = "/";
    std::size_t begin = 1;
    for (;;) {
        if (!folder) return failed_call(so_far, "could not be opened");
        if (!below_home || is_within(so_far, home)) {
            if (auto fault = fault_of_mode(folder.get(), so_far, owner, /*folder=*/true))
                return *std::move(fault);
        }
        const auto end = path.find('/', begin);
        const std::string name = path.substr(begin, end - begin);
        so_far = path.substr(0, end);
        if (end == std::string::npos) {
            // O_NONBLOCK: a FIFO must not hang us before fstat tells that it is one.
            OwnedFd file(::openat(folder.get(), name.c_str(),
                                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (!file) return failed_call(path, "could not be opened");
            return file;
        }
        folder = OwnedFd(
            ::openat(folder.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        begin = end + 1;
    }
}

}  // namespace

std::string FileRefusal::text() const {
    std::string text = detail::without_controls(path) + ": " + error.what;
    if (system_error != 0) text += ": " + std::generic_category().message(system_error);
    return text;
}

FileResult<SecretBytes> read_host_key_file(const std::string& path) {
    const OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!file) return failed_call(path, "could not be opened");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return failed_call(path, "could not be examined");
    if (!S_ISREG(status.st_mode)) return refused(path, "not a regular file");
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return refused(path, "belongs to neither the user nor root");
    if ((status.st_mode & kGroupAndOthers) != 0)
        return refused(path, "a private key, and open to group or others");
    return read_all(file.get(), path, static_cast<std::size_t>(status.st_size), kMaxKeyFile);
}

FileResult<std::string> detail::read_checked_file(const std::string& path,
                                                  const StrictModes& strict, struct stat& status) {
    const auto real = canonical(path);
    if (!real) return failed_call(path, "could not be found");
    // As in sshd, a home folder that does not exist just does not end the walk.
    const auto home = strict.home.empty() ? std::nullopt : canonical(strict.home);
    auto file = open_checked(*real, strict.owner, home.value_or(""));
    if (!file) return file.refusal();
    if (auto fault = fault_of_mode(file->get(), *real, strict.owner, /*folder=*/false))
        return *std::move(fault);
    if (::fstat(file->get(), &status) != 0) return failed_call(*real, "could not be examined");
    auto bytes = read_all(file->get(), *real, static_cast<std::size_t>(status.st_size),
                          kMaxAuthorizedKeysFile);
    if (!bytes) return bytes.refusal();
    return std::string(as_text(*bytes));
}

FileResult<std::string> read_authorized_keys_file(const std::string& path,
                                                  const StrictModes& strict) {
    struct stat status {};
    return detail::read_checked_file(path, strict, status);
}

}  // namespace nacre
