/// \file
/// Threads for operations that block, shared by the event loops of a program.
#pragma once
#include <nacre/base/executor.hpp>

#include <functional>
#include <memory>

namespace nacre::fs {

namespace detail {
struct WorkerQueue;
class WorkerPoolState;
}  // namespace detail

/// One loop's access to the pool. Used and destroyed on the loop's thread; must be destroyed before
/// the pool. Jobs that are not finished by then are destroyed with it, on that thread: the
/// destructor waits for those that run.
class WorkerExecutor final : public Executor {
  public:
    /// Jobs waiting at most; beyond that submit() runs a job on the caller's thread.
    static constexpr std::size_t kMaxWaiting = 1024;

    ~WorkerExecutor() override;
    void submit(std::unique_ptr<Job> job) override;
    /// Finishes the jobs that are done. Call on the loop's thread after `notify` was called.
    void finish_ready();

  private:
    friend class WorkerPool;
    explicit WorkerExecutor(std::shared_ptr<detail::WorkerQueue> queue)
        : queue_(std::move(queue)) {}
    std::shared_ptr<detail::WorkerQueue> queue_;
};

/// The threads are started with the first job. Every executor gets its turn, one job at a time.
class WorkerPool {
  public:
    /// \param threads  at least 1
    explicit WorkerPool(unsigned threads);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Waits for running jobs.
    ~WorkerPool();

    /// `notify` is called from a worker's thread when a job is done and finish_ready() has work;
    /// not again until finish_ready() was called, and never after the executor is destroyed.
    std::unique_ptr<WorkerExecutor> executor(std::function<void()> notify);

  private:
    std::unique_ptr<detail::WorkerPoolState> state_;
};

}  // namespace nacre::fs
