#include "support/system_faults.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

namespace {

constinit thread_local nacre::test::SystemFault* active = nullptr;

/// What the C library, or a sanitizer, has under that name.
template <class F>
F next(const char* name) noexcept {
    return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

template <class T>
T failure() noexcept {
    if constexpr (std::is_pointer_v<T>)
        return nullptr;
    else
        return -1;
}

/// The entries of a transfer cut to half of the first one.
struct Shortened {
    Shortened(const iovec* from, int n) noexcept : first(*from), count(n) {
        first.iov_len = nacre::test::SystemFault::shorten(first.iov_len);
        if (first.iov_len == from->iov_len) return;
        count = 1;
        vector = &first;
    }
    const iovec* of(const iovec* from) const noexcept { return vector != nullptr ? vector : from; }
    iovec first;
    int count;
    const iovec* vector = nullptr;
};

}  // namespace

namespace nacre::test {

SystemFault::SystemFault(std::size_t fail_at, int error, const char* missing)
    : fail_at_(fail_at), error_(error), missing_(missing == nullptr ? "" : missing) {
    calls_.reserve(10'000);
    active = this;
}

SystemFault::~SystemFault() {
    active = nullptr;
}

bool SystemFault::fails(const char* call) noexcept {
    if (active == nullptr) return false;
    if (active->missing_ == call) {
        errno = EXDEV;
        return true;
    }
    active->calls_.push_back(call);
    if (!active->is_it() || active->error_ == kShort) return false;
    errno = active->error_;
    return true;
}

std::size_t SystemFault::shorten(std::size_t size) noexcept {
    if (active == nullptr || !active->is_it() || active->error_ != kShort || size < 2) return size;
    active->shortened_ = true;
    return size / 2;
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace nacre::test

using nacre::test::SystemFault;

// With 64-bit offsets the headers give some of these another name for the linker, so the
// definitions here get that one, too; the C library has the same function under both.
#define NACRE_CALL(result, name, parameters, arguments, specification)         \
    extern "C" result name parameters specification {                          \
        static const auto real = next<result(*) parameters>(#name);            \
        return SystemFault::fails(#name) ? failure<result>() : real arguments; \
    }

NACRE_CALL(int, fstat, (int fd, struct stat* to), (fd, to), noexcept)
NACRE_CALL(int, fstatat, (int fd, const char* name, struct stat* to, int flags),
           (fd, name, to, flags), noexcept)
NACRE_CALL(int, statx, (int fd, const char* name, int flags, unsigned mask, struct statx* to),
           (fd, name, flags, mask, to), noexcept)
NACRE_CALL(int, fstatvfs, (int fd, struct statvfs* to), (fd, to), noexcept)
NACRE_CALL(int, fsync, (int fd), (fd), )
NACRE_CALL(int, ftruncate, (int fd, off_t size), (fd, size), noexcept)
NACRE_CALL(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), )
NACRE_CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), noexcept)
NACRE_CALL(int, chmod, (const char* name, mode_t mode), (name, mode), noexcept)
NACRE_CALL(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group), noexcept)
NACRE_CALL(int, fchownat, (int fd, const char* name, uid_t user, gid_t group, int flags),
           (fd, name, user, group, flags), noexcept)
NACRE_CALL(int, futimens, (int fd, const timespec* times), (fd, times), noexcept)
NACRE_CALL(int, utimensat, (int fd, const char* name, const timespec* times, int flags),
           (fd, name, times, flags), noexcept)
NACRE_CALL(int, unlinkat, (int fd, const char* name, int flags), (fd, name, flags), noexcept)
NACRE_CALL(int, mkdirat, (int fd, const char* name, mode_t mode), (fd, name, mode), noexcept)
NACRE_CALL(int, symlinkat, (const char* target, int fd, const char* name), (target, fd, name),
           noexcept)
NACRE_CALL(ssize_t, readlinkat, (int fd, const char* name, char* to, std::size_t size),
           (fd, name, to, size), noexcept)
NACRE_CALL(int, linkat, (int from, const char* old, int to, const char* name, int flags),
           (from, old, to, name, flags), noexcept)
NACRE_CALL(int, renameat, (int from, const char* old, int to, const char* name),
           (from, old, to, name), noexcept)
NACRE_CALL(int, renameat2, (int from, const char* old, int to, const char* name, unsigned flags),
           (from, old, to, name, flags), noexcept)
NACRE_CALL(int, flock, (int fd, int operation), (fd, operation), noexcept)
NACRE_CALL(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), noexcept)
NACRE_CALL(ssize_t, fgetxattr, (int fd, const char* name, void* to, std::size_t size),
           (fd, name, to, size), noexcept)
NACRE_CALL(ssize_t, getxattr, (const char* path, const char* name, void* to, std::size_t size),
           (path, name, to, size), noexcept)
NACRE_CALL(int, fsetxattr, (int fd, const char* name, const void* from, std::size_t size, int how),
           (fd, name, from, size, how), noexcept)
NACRE_CALL(int, fremovexattr, (int fd, const char* name), (fd, name), noexcept)
NACRE_CALL(DIR*, fdopendir, (int fd), (fd), )
NACRE_CALL(dirent*, readdir, (DIR * stream), (stream), )
NACRE_CALL(ssize_t, copy_file_range,
           (int from, off_t* at, int to, off_t* there, std::size_t size, unsigned flags),
           (from, at, to, there, SystemFault::shorten(size), flags), )
NACRE_CALL(ssize_t, pread, (int fd, void* to, std::size_t size, off_t at),
           (fd, to, SystemFault::shorten(size), at), )
NACRE_CALL(ssize_t, pwrite, (int fd, const void* from, std::size_t size, off_t at),
           (fd, from, SystemFault::shorten(size), at), )
NACRE_CALL(int, setxattr,
           (const char* path, const char* name, const void* from, std::size_t size, int how),
           (path, name, from, size, how), noexcept)
NACRE_CALL(int, removexattr, (const char* path, const char* name), (path, name), noexcept)

#undef NACRE_CALL

extern "C" {

// These release what they are given also when they fail.
int close(int fd) {
    static const auto real = next<int (*)(int)>("close");
    const int result = real(fd);
    return SystemFault::fails("close") ? -1 : result;
}

int closedir(DIR* stream) {
    static const auto real = next<int (*)(DIR*)>("closedir");
    const int result = real(stream);
    return SystemFault::fails("closedir") ? -1 : result;
}

// Returns its error.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) noexcept {
    static const auto real = next<decltype(&pthread_create)>("pthread_create");
    return SystemFault::fails("pthread_create") ? EAGAIN
                                                : real(thread, attributes, start, argument);
}

ssize_t pwritev(int fd, const iovec* from, int count, off_t at) {
    static const auto real = next<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev");
    if (SystemFault::fails("pwritev")) return -1;
    const Shortened part(from, count);
    return real(fd, part.of(from), part.count, at);
}

ssize_t preadv2(int fd, const iovec* to, int count, off_t at, int flags) {
    static const auto real = next<ssize_t (*)(int, const iovec*, int, off_t, int)>("preadv2");
    if (SystemFault::fails("preadv2")) return -1;
    const Shortened part(to, count);
    return real(fd, part.of(to), part.count, at, flags);
}

int openat(int fd, const char* name, int flags, ...) {
    static const auto real = next<int (*)(int, const char*, int, ...)>("openat");
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t{0};
    va_end(rest);
    return SystemFault::fails("openat") ? -1 : real(fd, name, flags, mode);
}

int open(const char* name, int flags, ...) {
    static const auto real = next<int (*)(const char*, int, ...)>("open");
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : mode_t{0};
    va_end(rest);
    return SystemFault::fails("open") ? -1 : real(name, flags, mode);
}

int fcntl(int fd, int command, ...) {
    static const auto real = next<int (*)(int, int, ...)>("fcntl");
    va_list rest;
    va_start(rest, command);
    void* const argument = va_arg(rest, void*);
    va_end(rest);
    return SystemFault::fails("fcntl") ? -1 : real(fd, command, argument);
}

// Most callers give fewer than six: as the C library's does, this passes on what is there.
__attribute__((no_sanitize("address"))) long syscall(long number, ...) noexcept {
    static const auto real = next<long (*)(long, ...)>("syscall");
    va_list rest;
    va_start(rest, number);
    long a[6];
    for (long& argument : a) argument = va_arg(rest, long);
    va_end(rest);
    // Others are for the C++ library.
    if (number == SYS_openat2 && SystemFault::fails("openat2")) return -1;
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
}
