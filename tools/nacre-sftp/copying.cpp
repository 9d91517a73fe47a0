#include "copying.hpp"

#include "progress.hpp"

#include <nacre/sftp/transfer.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nacre::tools {

namespace {

constexpr mode_t kNewFile = 0666;
constexpr std::uint32_t kPermissions = 0777;

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }
    int get() const { return fd_; }
    /// Whether all that was written is taken.
    bool close() {
        const int fd = fd_;
        fd_ = -1;
        return fd < 0 || ::close(fd) == 0;
    }

  private:
    int fd_;
};

std::string last_part(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

Error local_error() {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno), "local file"};
}

/// For errors of transfers, which may be ours.
std::string explain(const Remote& remote, const Error& error) {
    if (error.code == Errc::local_failed) return std::strerror(static_cast<int>(error.detail));
    return remote.why(error);
}

Result<void> write_all(int fd, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return local_error();
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
}

/// Fills the room unless the file ends before.
Result<std::size_t> read_all(int fd, ByteSpan room) {
    std::size_t filled = 0;
    while (filled < room.size()) {
        const ssize_t n = ::read(fd, room.data() + filled, room.size() - filled);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return local_error();
        if (n == 0) break;
        filled += static_cast<std::size_t>(n);
    }
    return filled;
}

}  // namespace

std::string get_file(Remote& remote, const std::string& path, std::string local) {
    struct stat status {};
    if (::stat(local.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        local += "/" + last_part(path);
    sftp::OpenFlags flags;
    flags.read = true;
    const auto handle = remote.get<sftp::RemoteHandle>(
        [&](auto reply) { remote.client->open(path, flags, {}, std::move(reply)); });
    if (!handle) return path + ": " + remote.why(handle.error());
    const auto attrs = remote.get<sftp::Attrs>(
        [&](auto reply) { remote.client->stat(*handle, std::move(reply)); });
    const auto size = attrs ? attrs->size : std::nullopt;

    Descriptor file(::open(local.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kNewFile));
    if (file.get() < 0) return local + ": " + std::strerror(errno);
    Progress progress(last_part(path), size);
    const auto got = remote.get<std::uint64_t>([&](auto reply) {
        sftp::download(
            remote.client, *handle, 0, size,
            [&](ByteView bytes) {
                progress.add(bytes.size());
                return write_all(file.get(), bytes);
            },
            std::move(reply));
    });
    if (!got) return local + " is incomplete: " + explain(remote, got.error());
    if (!file.close()) return local + " is incomplete: " + std::strerror(errno);
    static_cast<void>(
        remote.done([&](auto reply) { remote.client->close_handle(*handle, std::move(reply)); }));
    return {};
}

std::string put_file(Remote& remote, const std::string& local, std::string path) {
    const Descriptor file(::open(local.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
        return local + ": " + std::strerror(errno);
    if (S_ISDIR(status.st_mode)) return local + ": is a folder";

    const auto target = remote.get<sftp::Attrs>(
        [&](auto reply) { remote.client->stat(path, sftp::Follow::yes, std::move(reply)); });
    if (target && target->type == sftp::FileType::directory) path += "/" + last_part(local);
    sftp::OpenFlags flags;
    flags.write = flags.create = flags.truncate = true;
    sftp::Attrs attrs;
    attrs.permissions = status.st_mode & kPermissions;
    const auto handle = remote.get<sftp::RemoteHandle>(
        [&](auto reply) { remote.client->open(path, flags, attrs, std::move(reply)); });
    if (!handle) return path + ": " + remote.why(handle.error());

    std::optional<std::uint64_t> size;
    if (S_ISREG(status.st_mode)) size = static_cast<std::uint64_t>(status.st_size);
    Progress progress(last_part(local), size);
    const auto sent = remote.get<std::uint64_t>([&](auto reply) {
        sftp::upload(
            remote.client, *handle, 0,
            [&](ByteSpan room) {
                auto n = read_all(file.get(), room);
                if (n) progress.add(*n);
                return n;
            },
            std::move(reply));
    });
    if (!sent) return path + " is incomplete: " + explain(remote, sent.error());
    const auto closed =
        remote.done([&](auto reply) { remote.client->close_handle(*handle, std::move(reply)); });
    if (!closed) return path + " is incomplete: " + remote.why(closed.error());
    return {};
}

}  // namespace nacre::tools
