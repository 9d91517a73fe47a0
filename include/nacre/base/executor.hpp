/// \file
/// Where work runs that would block or take long: a public-key operation, a system call on a disk.
#pragma once
#include <memory>

namespace nacre {

/// A piece of work. It owns, by value or shared reference, all that run() touches. Both functions
/// may throw std::bad_alloc and nothing else. A job whose run() did is not finished: its replies
/// are dropped, which answers them.
class Job {
  public:
    virtual ~Job() = default;
    /// The work. On any thread; touches nothing of a session.
    virtual void run() = 0;
    /// Hands over the outcome. On the thread of the session that submitted the job, after run().
    /// The job is destroyed on that thread too, so replies, payloads and frames may travel in it.
    virtual void finish() = 0;
};

/// Runs jobs. One per thread of sessions; used and destroyed on that thread. Every job submitted is
/// finished or destroyed on that thread without finish(): when it found no memory, or when the
/// executor is destroyed first.
class Executor {
  public:
    virtual ~Executor() = default;
    /// May throw std::bad_alloc. The job is destroyed then.
    virtual void submit(std::unique_ptr<Job> job) = 0;
};

/// Runs and finishes each job inside submit(). Never destroyed; usable on every thread.
Executor& inline_executor() noexcept;

}  // namespace nacre
