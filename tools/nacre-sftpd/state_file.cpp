#include "state_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nacre::sftpd {

std::string write_state_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".new." + std::to_string(::getpid());
    const auto failed = [&] {
        const int error = errno;
        ::unlink(temporary.c_str());
        return path + ": " + std::strerror(error);
    };
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return path + ": " + std::strerror(errno);
    // A few bytes: a short write means that the disk is full.
    const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (::close(fd) != 0 || !whole || std::rename(temporary.c_str(), path.c_str()) != 0)
        return failed();
    return {};
}

}  // namespace nacre::sftpd
