#include <nacre/fs/worker_pool.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
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
        if (threads_.empty() && !start()) return false;
        if (queue->waiting.empty()) turns_.push_back(queue);
        queue->waiting.push_back(std::move(job));
        work_.notify_one();
        return true;
    }

    void close(const std::shared_ptr<WorkerQueue>& queue) {
        std::deque<std::unique_ptr<Job>> dropped;
        // A worker may hold the queue longer than its owner; what the notice holds is the owner's.
        std::function<void()> notify;
        std::unique_lock lock(mutex);
        queue->closed = true;
        notify.swap(queue->notify);
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
    /// Whether there is a thread now.
    bool start() noexcept {
        try {
            threads_.reserve(wanted_);
            while (threads_.size() < wanted_) threads_.emplace_back([this] { run(); });
        } catch (const std::exception&) {
            // A limit of the system. Fewer will do, and without any the callers do the work.
        }
        return !threads_.empty();
    }

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

WorkerExecutor::~WorkerExecutor() {
    queue_->pool.close(queue_);
}

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
