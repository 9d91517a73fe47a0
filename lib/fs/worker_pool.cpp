#include <nacre/fs/worker_pool.hpp>

#include <algorithm>
#include <utility>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace nacre::fs {

namespace detail {

/// One executor's jobs. Guarded by the pool's mutex, as all queues are looked at together.
struct WorkerQueue {
    WorkerPoolState& pool;
    std::function<void()> notify;
    std::deque<std::unique_ptr<Job>> waiting;
    std::deque<std::unique_ptr<Job>> done;
    unsigned running = 0;
    bool notified = false;  ///< and finish_ready() not called since
    bool closed = false;
};

class WorkerPoolState {
  public:
    explicit WorkerPoolState(unsigned threads) : wanted_(std::max(threads, 1U)) {}
    ~WorkerPoolState() {
        {
            const std::lock_guard lock(mutex);
            ending_ = true;
        }
        work_.notify_all();
        for (auto& thread : threads_) thread.join();
    }

    /// Whether the job was taken.
    bool submit(const std::shared_ptr<WorkerQueue>& queue, std::unique_ptr<Job>& job) {
        const std::lock_guard lock(mutex);
        if (queue->waiting.size() >= WorkerExecutor::kMaxWaiting) return false;
        if (threads_.empty())
            for (unsigned i = 0; i < wanted_; ++i) threads_.emplace_back([this] { run(); });
        if (queue->waiting.empty()) turns_.push_back(queue);
        queue->waiting.push_back(std::move(job));
        work_.notify_one();
        return true;
    }

    void close(const std::shared_ptr<WorkerQueue>& queue) {
        std::deque<std::unique_ptr<Job>> dropped;
        std::unique_lock lock(mutex);
        queue->closed = true;
        dropped = std::move(queue->waiting);
        queue->waiting.clear();
        idle.wait(lock, [&] { return queue->running == 0; });
        for (auto& job : queue->done) dropped.push_back(std::move(job));
        queue->done.clear();
        lock.unlock();
        dropped.clear();
    }

    std::mutex mutex;
    std::condition_variable idle;

  private:
    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            work_.wait(lock, [&] { return ending_ || !turns_.empty(); });
            if (turns_.empty()) return;
            // Round robin: a queue with more work goes to the end.
            const auto queue = std::move(turns_.front());
            turns_.pop_front();
            if (queue->waiting.empty()) continue;
            auto job = std::move(queue->waiting.front());
            queue->waiting.pop_front();
            if (!queue->waiting.empty()) {
                turns_.push_back(queue);
                work_.notify_one();
            }
            ++queue->running;
            lock.unlock();
            job->run();
            lock.lock();
            --queue->running;
            queue->done.push_back(std::move(job));
            if (queue->closed) {
                idle.notify_all();
            } else if (!std::exchange(queue->notified, true)) {
                // Under the lock, so that it is not called after close().
                queue->notify();
            }
        }
    }

    const unsigned wanted_;
    bool ending_ = false;
    std::condition_variable work_;
    std::deque<std::shared_ptr<WorkerQueue>> turns_;  ///< queues that have waiting jobs
    std::vector<std::thread> threads_;
};

}  // namespace detail

WorkerExecutor::~WorkerExecutor() { queue_->pool.close(queue_); }

void WorkerExecutor::submit(std::unique_ptr<Job> job) {
    if (queue_->pool.submit(queue_, job)) return;
    job->run();
    job->finish();
}

void WorkerExecutor::finish_ready() {
    std::deque<std::unique_ptr<Job>> done;
    {
        const std::lock_guard lock(queue_->pool.mutex);
        queue_->notified = false;
        done.swap(queue_->done);
    }
    for (auto& job : done) {
        job->finish();
        job.reset();
    }
}

WorkerPool::WorkerPool(unsigned threads)
    : state_(std::make_unique<detail::WorkerPoolState>(threads)) {}

WorkerPool::~WorkerPool() = default;

std::unique_ptr<WorkerExecutor> WorkerPool::executor(std::function<void()> notify) {
    auto queue = std::make_shared<detail::WorkerQueue>(
        detail::WorkerQueue{*state_, std::move(notify), {}, {}, 0, false, false});
    return std::unique_ptr<WorkerExecutor>(new WorkerExecutor(std::move(queue)));
}

}  // namespace nacre::fs
