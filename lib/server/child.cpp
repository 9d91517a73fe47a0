#include "server/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace nacre::server {

namespace {

Error failed(int error, const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(error), what};
}

/// Both ends of a pipe, closed unless taken.
class Pipe {
  public:
    Pipe() noexcept : open_(::pipe2(ends_.data(), O_CLOEXEC) == 0) {}
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        for (const int end : ends_)
            if (end >= 0) ::close(end);
    }
    explicit operator bool() const noexcept { return open_; }
    int reader() const noexcept { return ends_[0]; }
    int writer() const noexcept { return ends_[1]; }
    int take_reader() noexcept { return take(0); }
    int take_writer() noexcept { return take(1); }

  private:
    int take(std::size_t end) noexcept {
        const int fd = std::exchange(ends_[end], -1);
        // The flag belongs to this end only: the child's end stays as programs expect it.
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
        return fd;
    }
    std::array<int, 2> ends_{-1, -1};
    const bool open_;
};

class Attributes {
  public:
    Attributes() noexcept {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
        // A server blocks and ignores signals that other programs rely on.
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setflags(
            &attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETSID));
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() {
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

/// What posix_spawn takes; valid as long as `texts`.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

}  // namespace

Result<std::pair<std::shared_ptr<Child>, Child::Pipes>> Child::spawn(
    const ProcessConfig& config, asio::io_context& io, std::function<void(int)> exited) {
    if (config.arguments.empty())
        return Error{Errc::local_misuse, Disconnect::none, 0, "a process needs a program"};
    Pipe in;
    Pipe out;
    Pipe err;
    if (!in || !out || !err) return failed(errno, "cannot make pipes");
    Attributes how;
    int error = ::posix_spawn_file_actions_adddup2(&how.actions, in.reader(), STDIN_FILENO);
    if (error == 0)
        error = ::posix_spawn_file_actions_adddup2(&how.actions, out.writer(), STDOUT_FILENO);
    if (error == 0)
        error = ::posix_spawn_file_actions_adddup2(&how.actions, err.writer(), STDERR_FILENO);
    // Whatever else is open here, also what this process itself inherited, stays here.
    if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&how.actions, 3);
    if (error == 0 && !config.directory.empty())
        error = ::posix_spawn_file_actions_addchdir_np(&how.actions, config.directory.c_str());
    pid_t pid = -1;
    const auto arguments = pointers(config.arguments);
    const auto environment = pointers(config.environment);
    if (error == 0)
        error = ::posix_spawn(&pid, arguments[0], &how.actions, &how.attributes, arguments.data(),
                              environment.data());
    if (error != 0) return failed(error, "cannot start the program");

    // Not reaped yet, so the number is still that process.
    // glibc 2.36 declares pidfd_open() without C linkage for C++.
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (fd < 0) {
        error = errno;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return failed(error, "cannot watch the program");
    }
    auto child =
        std::make_shared<Child>(pid, asio::posix::stream_descriptor(io, fd), std::move(exited));
    child->wait();
    return std::pair{std::move(child),
                     Pipes{in.take_writer(), out.take_reader(), err.take_reader()}};
}

Child::Child(int pid, asio::posix::stream_descriptor pidfd, std::function<void(int)> exited)
    : pid_(pid), pidfd_(std::move(pidfd)), exited_(std::move(exited)) {}

void Child::wait() {
    // A pidfd is readable when its process has ended.
    pidfd_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const asio::error_code& error) {
                          if (error) return;
                          int status = 0;
                          if (::waitpid(self->pid_, &status, WNOHANG) != self->pid_)
                              return self->wait();
                          self->running_ = false;
                          if (const auto exited = std::exchange(self->exited_, nullptr))
                              exited(status);
                      });
}

void Child::signal(int number) noexcept {
    if (running_) ::kill(-pid_, number);
}

}  // namespace nacre::server
