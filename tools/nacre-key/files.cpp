#include "files.hpp"

#include <nacre/fs/key_files.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace nacre::tools {

namespace {

Refusal system_refusal(const std::string& path) {
    return refusal(path, std::string(std::strerror(errno)));
}

Outcome<SecretBytes> read_all(int descriptor, const std::string& path, std::size_t limit) {
    SecretBuffer bytes;
    std::array<std::uint8_t, 16384> block{};
    for (;;) {
        const auto got = ::read(descriptor, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            wipe(block);
            if (got < 0) return system_refusal(path);
            return SecretBytes(bytes.view());
        }
        bytes.append(ByteView(block).first(static_cast<std::size_t>(got)));
        if (bytes.size() > limit) {
            wipe(block);
            return refusal(path, std::string("file too large"));
        }
    }
}

Status write_whole(const std::string& path, ByteView bytes, Existing existing) {
    const auto written = write_private_file(
        path, bytes, existing == Existing::replace ? IfExists::replace : IfExists::keep);
    if (!written) return Refusal{written.refusal().text()};
    if (*written == Written::kept)
        return refusal(path, std::string("exists already (--force replaces it)"));
    return kDone;
}

}  // namespace

Outcome<SecretBytes> read_file(const std::string& path, std::size_t limit) {
    if (path == "-") return read_all(STDIN_FILENO, "standard input", limit);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) return system_refusal(path);
    auto bytes = read_all(descriptor, path, limit);
    ::close(descriptor);
    return bytes;
}

Refusal key_refusal(const std::string& path, const Error& error) {
    const auto at = offset_of(error);
    return refusal(path, error.what + (at ? " (byte " + std::to_string(*at) + ")" : std::string()));
}

Refusal refusal(const std::string& path, const Error& error) {
    return refusal(path, std::string(error.what));
}

Existing existing(const Arguments& arguments) {
    return arguments.has(kForce.name) ? Existing::replace : Existing::keep;
}

Status may_write(const std::string& path, Existing existing) {
    struct stat found {};
    if (existing == Existing::keep && ::lstat(path.c_str(), &found) == 0)
        return refusal(path, std::string("exists already (--force replaces it)"));
    return kDone;
}

Status write_secret(const std::string& path, ByteView bytes, Existing existing) {
    return write_whole(path, bytes, existing);
}

Status write_public(const std::string& path, ByteView bytes, Existing existing) {
    if (path == "-") {
        if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
            std::fflush(stdout) == 0)
            return kDone;
        return system_refusal("standard output");
    }
    if (auto done = write_whole(path, bytes, existing); !done) return done;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    // The name may be another's by now: no link is followed.
    const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return system_refusal(path);
    const bool done = ::fchmod(file, 0666 & ~mask) == 0;
    ::close(file);
    if (!done) return system_refusal(path);
    return kDone;
}

bool may_be_read_by_others(const std::string& path) {
    struct stat found {};
    if (path == "-" || ::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
    return (found.st_mode & 077) != 0;
}

Status replace_public(const std::string& path, ByteView bytes) {
    std::error_code failed;
    const std::string real = std::filesystem::canonical(path, failed).string();
    struct stat before {};
    if (failed || ::stat(real.c_str(), &before) != 0)
        return refusal(path, std::string("cannot be found any more"));
    if (auto done = write_whole(real, bytes, Existing::replace); !done) return done;
    const int file = ::open(real.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return system_refusal(real);
    // Only root may give files away; the mode comes last, as a new owner takes bits of it.
    const bool given = ::fchown(file, before.st_uid, before.st_gid) == 0 || errno == EPERM;
    const bool done = given && ::fchmod(file, before.st_mode & 07777) == 0;
    ::close(file);
    if (!done) return system_refusal(real);
    return kDone;
}

}  // namespace nacre::tools
