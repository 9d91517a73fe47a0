/// \file
/// Threads for operations that block, shared by the event loops of a program.
#pragma once
#include <nacre/base/executor.hpp>

#include <functional>
#include <list>
#include <memory>

namespace nacre::fs {

namespace detail {
struct WorkerQueue;
struct Lane;
class WorkerPoolState;
}  // namespace detail

/// The jobs of one session in an executor. They start in order, and no more of them run at a time
/// than the pool has threads of its own: where those hang, others get further ones.
using WorkerLane = std::shared_ptr<detail::Lane>;

/// One loop's access to the pool. Used and destroyed on the loop's thread; must be destroyed before
/// the pool. Jobs that are not finished by then are destroyed with it, on that thread: the
/// destructor waits for those that run. What waits in a lane has no limit here: it is what a
/// session asked for, and sessions have theirs (channels, requests of each, windows).
class WorkerExecutor final : public Executor {
  public:
    ~WorkerExecutor() override;
    /// Runs and finishes the job itself only if the system starts no thread; those that a job
    /// submits meanwhile, after it.
    void submit(std::unique_ptr<Job> job) override;
    /// A lane for who submits; it may be dropped at any time.
    /// \param on_no_memory  called by finish_ready() when a job finds no memory to hand its outcome
    ///                      over: whoever waits for that must end. Must not throw.
    WorkerLane lane(std::function<void()> on_no_memory = nullptr);
    /// What is submitted from now on belongs to `lane`; null: to nobody, and is limited by nothing.
    /// What a job submits when it is finished belongs where the job did. Returns what was before.
    WorkerLane enter(WorkerLane lane) noexcept;
    /// Finishes the jobs that are done. Call on the loop's thread after `notify` was called.
    void finish_ready() noexcept;

  private:
    friend class WorkerPool;
    explicit WorkerExecutor(std::shared_ptr<detail::WorkerQueue> queue);
    WorkerLane lane(unsigned most, std::function<void()> on_no_memory);
    std::shared_ptr<detail::WorkerQueue> queue_;
    WorkerLane nobody_;
    WorkerLane current_;
    std::list<std::unique_ptr<Job>> here_;  ///< without threads: the one that runs, and those after
};

/// The threads are started with the first job. Every lane gets its turn, one job at a time.
class WorkerPool {
  public:
    /// \param threads  at least 1
    /// \param most     so many when all of them have been at one job each for a while, as with a
    ///                 disk that does not answer, and others wait
    explicit WorkerPool(unsigned threads, unsigned most = 0);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Waits for running jobs.
    ~WorkerPool();

    /// `notify` is called from a worker's thread when a job is done and finish_ready() has work;
    /// not again until finish_ready() was called, and never after the executor is destroyed. It
    /// must not throw, nor wait.
    std::unique_ptr<WorkerExecutor> executor(std::function<void()> notify);

  private:
    std::unique_ptr<detail::WorkerPoolState> state_;
};

}  // namespace nacre::fs
