#include "disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace nacre::tools {

namespace {

constexpr mode_t kNewFile = 0666;
constexpr mode_t kNewFolder = 0777;
constexpr mode_t kModes = 07777;
/// What a server may set here: nothing that lends rights.
constexpr mode_t kPlainModes = 0777;
constexpr std::size_t kHashBlock = 256 * 1024;

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    /// Whether all that was written is taken.
    bool close() {
        const int fd = std::exchange(fd_, -1);
        return fd < 0 || ::close(fd) == 0;
    }

  private:
    int fd_;
};

timespec time_of(const std::optional<sftp::FileTime>& time) {
    timespec value{};
    if (!time) {
        value.tv_nsec = UTIME_OMIT;
        return value;
    }
    value.tv_sec = static_cast<time_t>(time->seconds);
    value.tv_nsec = static_cast<long>(time->nanoseconds);
    return value;
}

class DiskFile final : public sftp::TransferFile {
  public:
    DiskFile(int fd, bool regular, const Provider& provider)
        : file_(fd), regular_(regular), provider_(provider) {}

    Result<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(file_.get(), &status) != 0) return local_error();
        return static_cast<std::uint64_t>(status.st_size);
    }
    Result<std::size_t> read(std::uint64_t offset, ByteSpan room) override {
        std::size_t filled = 0;
        while (filled < room.size()) {
            const auto rest = room.subspan(filled);
            const ssize_t n = regular_ ? ::pread(file_.get(), rest.data(), rest.size(),
                                                 static_cast<off_t>(offset + filled))
                                       : ::read(file_.get(), rest.data(), rest.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return local_error();
            if (n == 0) break;
            filled += static_cast<std::size_t>(n);
        }
        return filled;
    }
    Result<void> write(std::uint64_t offset, ByteView bytes) override {
        while (!bytes.empty()) {
            const ssize_t n = regular_ ? ::pwrite(file_.get(), bytes.data(), bytes.size(),
                                                  static_cast<off_t>(offset))
                                       : ::write(file_.get(), bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return local_error();
            offset += static_cast<std::uint64_t>(n);
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        }
        return {};
    }
    Result<void> truncate(std::uint64_t size) override {
        if (regular_ && ::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
            return local_error();
        return {};
    }
    Result<void> finish(const sftp::Attrs& attrs) override {
        if (attrs.permissions && ::fchmod(file_.get(), *attrs.permissions & kPlainModes) != 0)
            return local_error();
        const timespec times[] = {time_of(attrs.atime), time_of(attrs.mtime)};
        if ((attrs.atime || attrs.mtime) && ::futimens(file_.get(), times) != 0)
            return local_error();
        if (!file_.close()) return local_error();
        return {};
    }
    std::optional<Bytes> digest(std::string_view algorithm, std::uint64_t length) override {
        auto hash = provider_.hash(algorithm);
        if (!hash) return std::nullopt;
        Bytes block(kHashBlock);
        for (std::uint64_t at = 0; at < length;) {
            const auto want =
                static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), length - at));
            const auto got = read(at, ByteSpan(block).first(want));
            if (!got || *got == 0) return std::nullopt;
            (*hash)->update(ByteView(block).first(*got));
            at += *got;
        }
        Bytes digest((*hash)->size());
        (*hash)->finish(digest);
        return digest;
    }

  private:
    Descriptor file_;
    bool regular_;
    const Provider& provider_;
};

class DiskTree final : public sftp::TransferTree {
  public:
    DiskTree(std::string root, const Provider& provider)
        : root_(std::move(root)), provider_(provider) {}

    Result<std::vector<Entry>> list(std::string_view path) override {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(at(path).c_str()), ::closedir);
        if (folder == nullptr) return local_error();
        std::vector<Entry> entries;
        while (true) {
            errno = 0;
            const dirent* entry = ::readdir(folder.get());
            if (entry == nullptr) break;
            const std::string name = entry->d_name;
            if (name == "." || name == "..") continue;
            struct stat status {};
            if (::fstatat(::dirfd(folder.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
                entries.push_back({name, attrs_of(status)});
        }
        if (errno != 0) return local_error();
        return entries;
    }
    Result<sftp::Attrs> stat(std::string_view path) override {
        struct stat status {};
        if (::stat(at(path).c_str(), &status) != 0) return local_error();
        return attrs_of(status);
    }
    Result<std::shared_ptr<sftp::TransferFile>> open(std::string_view path) override {
        return open_disk_file(at(path), O_RDONLY, provider_);
    }
    Result<std::string> read_link(std::string_view path) override {
        std::array<char, 4096> target{};
        const ssize_t n = ::readlink(at(path).c_str(), target.data(), target.size());
        if (n < 0) return local_error();
        return std::string(target.data(), static_cast<std::size_t>(n));
    }
    Result<void> make_directory(std::string_view path) override {
        const std::string name = at(path);
        if (::mkdir(name.c_str(), kNewFolder) == 0) return {};
        if (errno != EEXIST) return local_error();
        struct stat status {};
        // What the user named may be a link; what a server named is not followed.
        const int known =
            path.empty() ? ::stat(name.c_str(), &status) : ::lstat(name.c_str(), &status);
        if (known != 0) return local_error();
        if (S_ISDIR(status.st_mode)) return {};
        errno = ENOTDIR;
        return local_error();
    }
    Result<std::shared_ptr<sftp::TransferFile>> create(std::string_view path,
                                                       bool resume) override {
        return open_disk_file(at(path), (resume ? O_RDWR : O_WRONLY) | O_CREAT | O_NOFOLLOW,
                              provider_);
    }
    Result<void> make_link(std::string_view target, std::string_view path) override {
        if (::symlink(std::string(target).c_str(), at(path).c_str()) != 0) return local_error();
        return {};
    }
    Result<void> set_attrs(std::string_view path, const sftp::Attrs& attrs) override {
        const std::string name = at(path);
        if (attrs.permissions && ::chmod(name.c_str(), *attrs.permissions & kPlainModes) != 0)
            return local_error();
        const timespec times[] = {time_of(attrs.atime), time_of(attrs.mtime)};
        if ((attrs.atime || attrs.mtime) && ::utimensat(AT_FDCWD, name.c_str(), times, 0) != 0)
            return local_error();
        return {};
    }

  private:
    std::string at(std::string_view path) const {
        return path.empty() ? root_ : root_ + "/" + std::string(path);
    }

    std::string root_;
    const Provider& provider_;
};

sftp::FileType type_of(mode_t mode) {
    if (S_ISREG(mode)) return sftp::FileType::regular;
    if (S_ISDIR(mode)) return sftp::FileType::directory;
    if (S_ISLNK(mode)) return sftp::FileType::symlink;
    return sftp::FileType::special;
}

sftp::FileTime time_of(const timespec& time) {
    return {static_cast<std::int64_t>(time.tv_sec), static_cast<std::uint32_t>(time.tv_nsec)};
}

}  // namespace

Error local_error() {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno), "local file"};
}

sftp::Attrs attrs_of(const struct stat& status) {
    sftp::Attrs attrs;
    attrs.type = type_of(status.st_mode);
    if (S_ISREG(status.st_mode)) attrs.size = static_cast<std::uint64_t>(status.st_size);
    attrs.permissions = status.st_mode & kModes;
    attrs.atime = time_of(status.st_atim);
    attrs.mtime = time_of(status.st_mtim);
    return attrs;
}

Result<std::shared_ptr<sftp::TransferFile>> open_disk_file(const std::string& path, int flags,
                                                           const Provider& provider) {
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, kNewFile));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return local_error();
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return local_error();
    }
    return std::shared_ptr<sftp::TransferFile>(
        std::make_shared<DiskFile>(file.release(), S_ISREG(status.st_mode), provider));
}

std::shared_ptr<sftp::TransferTree> make_disk_tree(std::string root, const Provider& provider) {
    return std::make_shared<DiskTree>(std::move(root), provider);
}

}  // namespace nacre::tools
