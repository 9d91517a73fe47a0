/// \file
/// Where work runs that would block or take long: a public-key operation, a system call on a disk.
#pragma once
#include <memory>

namespace nacre {

/// A piece of work. It owns, by value or shared reference, all that run() touches.
class Job {
  public:
    virtual ~Job() = default;
    /// The work. On any thread; touches nothing of a session.
    virtual void run() noexcept = 0;
    /// Hands over the outcome. On the thread of the session that submitted the job, after run().
    /// The job is destroyed on that thread too, so replies, payloads and frames may travel in it.
    virtual void finish() noexcept = 0;
};

/// Runs jobs. One per thread of sessions; used and destroyed on that thread. Every job submitted is
/// finished or, when the executor is destroyed first, destroyed on that thread without finish().
class Executor {
  public:
    virtual ~Executor() = default;
    virtual void submit(std::unique_ptr<Job> job) = 0;
};

/// Runs and finishes each job inside submit(). Never destroyed; usable on every thread.
Executor& inline_executor() noexcept;

}  // namespace nacre
