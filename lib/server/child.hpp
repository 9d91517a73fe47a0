/// \file
/// A child process and the ends of its pipes.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/server/process.hpp>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace nacre::server {

/// A process that runs, or ended and is not forgotten. Kept alive by the handler that waits for its
/// end, so that no zombie is left. One thread.
class Child : public std::enable_shared_from_this<Child> {
  public:
    /// Our ends of its pipes, non-blocking; whoever takes them closes them.
    struct Pipes {
        int in = -1;   ///< for writing
        int out = -1;  ///< for reading, as is
        int err = -1;
    };

    /// Calls `exited` with the status of waitpid() when the process has ended, unless forget() was
    /// called. Errors: local_failed, detail errno.
    static Result<std::pair<std::shared_ptr<Child>, Pipes>> spawn(const ProcessConfig& config,
                                                                  asio::io_context& io,
                                                                  std::function<void(int)> exited);

    Child(int pid, asio::posix::stream_descriptor pidfd, std::function<void(int)> exited);
    /// To its process group; does nothing after it has ended.
    void signal(int number) noexcept;
    /// Nobody asks for its end any more.
    void forget() noexcept { exited_ = nullptr; }

  private:
    void wait();

    const int pid_;
    bool running_ = true;
    asio::posix::stream_descriptor pidfd_;
    std::function<void(int)> exited_;
};

}  // namespace nacre::server
