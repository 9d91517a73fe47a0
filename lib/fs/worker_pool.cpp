#include <nacre/fs/worker_pool.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

namespace nacre::fs {

namespace {

/// When all threads have been at one job each for so long there is another thread.
constexpr auto kPatience = std::chrono::milliseconds(10);

}  // namespace

namespace detail {

/// What the jobs of one executor have in common. Guarded by the pool's mutex, as all queues are
/// looked at together.
struct WorkerQueue {
    struct Done {
        std::unique_ptr<Job> job;
        WorkerLane lane;
    };
    WorkerPoolState& pool;
    std::function<void()> notify;
    std::deque<Done> done;
    std::size_t waiting = 0;
    unsigned running = 0;
    bool notified = false;  ///< and finish_ready() not called since
    bool closed = false;
};

/// Guarded likewise.
struct Lane {
    std::shared_ptr<WorkerQueue> queue;
    unsigned most;  ///< jobs running at a time; 0: any number
    /// A list owns nothing while it is empty, as those of idle sessions are.
    std::list<std::unique_ptr<Job>> waiting;
    unsigned running = 0;

    bool may_run() const noexcept { return most == 0 || running < most; }
};

class WorkerPoolState {
  public:
    WorkerPoolState(unsigned threads, unsigned most)
        : own_(std::max(threads, 1U)), most_(std::max(most, own_)) {}
    ~WorkerPoolState() {
        {
            const std::lock_guard lock(mutex);
            ending_ = true;
        }
        work_.notify_all();
        held_up_.notify_all();
        // None is added any more.
        for (auto& thread : threads_) thread.join();
    }

    /// Threads that there are in any case.
    unsigned own() const noexcept { return own_; }

    /// Whether the job was taken. It is not when there is no memory for that.
    bool submit(const WorkerLane& lane, std::unique_ptr<Job>& job) noexcept {
        const std::lock_guard lock(mutex);
        WorkerQueue& queue = *lane->queue;
        if (queue.waiting >= WorkerExecutor::kMaxWaiting) return false;
        if (threads_.empty() && !start()) return false;
        try {
            // A lane that has its turn and no job does no harm.
            if (lane->waiting.empty()) turns_.push_back(lane);
            lane->waiting.push_back(std::move(job));
        } catch (const std::bad_alloc&) {
            return false;
        }
        ++queue.waiting;
        call_for_work();
        return true;
    }

    void close(const std::shared_ptr<WorkerQueue>& queue) {
        std::deque<std::unique_ptr<Job>> dropped;
        // A worker may hold the queue longer than its owner; what the notice holds is the owner's.
        std::function<void()> notify;
        std::unique_lock lock(mutex);
        queue->closed = true;
        notify.swap(queue->notify);
        for (const auto& lane : turns_) {
            if (lane->queue != queue) continue;
            for (auto& job : lane->waiting) dropped.push_back(std::move(job));
            lane->waiting.clear();
        }
        idle.wait(lock, [&] { return queue->running == 0; });
        for (auto& done : queue->done) dropped.push_back(std::move(done.job));
        queue->done.clear();
        lock.unlock();
        dropped.clear();
    }

    std::mutex mutex;
    std::condition_variable idle;

  private:
    /// Whether there is a thread now.
    bool start() noexcept {
        while (threads_.size() < own_ && add([this] { run(); })) {
        }
        if (!threads_.empty() && most_ > own_) add([this] { stand_by(); });
        return !threads_.empty();
    }

    template <class F>
    bool add(F work) noexcept {
        try {
            threads_.emplace_back(std::move(work));
            return true;
        } catch (const std::exception&) {
            // A limit of the system. Fewer will do, and without any the callers do the work.
            return false;
        }
    }

    void call_for_work() noexcept {
        if (free_ != 0) return work_.notify_one();
        if (standing_by_) held_up_.notify_one();
    }

    /// The first lane whose turn it is and that has a job which may run, out of its turn.
    WorkerLane next_lane() {
        for (auto turn = turns_.begin(); turn != turns_.end();) {
            if (!(*turn)->waiting.empty() && (*turn)->may_run()) {
                auto lane = std::move(*turn);
                turns_.erase(turn);
                return lane;
            }
            turn = (*turn)->waiting.empty() ? turns_.erase(turn) : turn + 1;
        }
        return nullptr;
    }

    bool work_waits() const noexcept {
        return std::any_of(turns_.begin(), turns_.end(), [](const WorkerLane& lane) {
            return !lane->waiting.empty() && lane->may_run();
        });
    }

    void run() {
        std::unique_lock lock(mutex);
        work(lock);
    }

    void work(std::unique_lock<std::mutex>& lock) {
        for (;;) {
            WorkerLane lane;
            ++free_;
            work_.wait(lock, [&] { return (lane = next_lane()) != nullptr || ending_; });
            --free_;
            if (lane == nullptr) return;
            const auto queue = lane->queue;
            auto job = std::move(lane->waiting.front());
            lane->waiting.pop_front();
            --queue->waiting;
            // Round robin: a lane with more work goes to the end.
            if (!lane->waiting.empty()) turns_.push_back(lane);
            if (!turns_.empty()) call_for_work();
            ++taken_;
            ++queue->running;
            ++lane->running;
            lock.unlock();
            job->run();
            lock.lock();
            --queue->running;
            --lane->running;
            queue->done.push_back({std::move(job), std::move(lane)});
            if (queue->closed) {
                idle.notify_all();
            } else if (!std::exchange(queue->notified, true)) {
                // Under the lock, so that it is not called after close().
                queue->notify();
            }
        }
    }

    /// Waits until all others are held up while there is work; then becomes one of them.
    void stand_by() {
        std::unique_lock lock(mutex);
        for (;;) {
            standing_by_ = true;
            held_up_.wait(lock, [&] { return ending_ || work_waits(); });
            standing_by_ = false;
            const auto before = taken_;
            if (held_up_.wait_for(lock, kPatience, [&] { return ending_; })) return;
            if (taken_ == before && free_ == 0 && work_waits()) break;
        }
        if (threads_.size() < most_) add([this] { stand_by(); });
        work(lock);
    }

    const unsigned own_;
    const unsigned most_;
    bool ending_ = false;
    std::condition_variable work_;
    std::condition_variable held_up_;
    bool standing_by_ = false;      ///< the thread that stands by has no reason to look
    unsigned free_ = 0;             ///< threads that wait for work
    std::uint64_t taken_ = 0;       ///< jobs, counted
    std::deque<WorkerLane> turns_;  ///< lanes that have waiting jobs
    std::vector<std::thread> threads_;
};

}  // namespace detail

WorkerExecutor::WorkerExecutor(std::shared_ptr<detail::WorkerQueue> queue)
    : queue_(std::move(queue)),
      nobody_(std::make_shared<detail::Lane>(detail::Lane{queue_, 0, {}, 0})),
      current_(nobody_) {}

WorkerExecutor::~WorkerExecutor() {
    queue_->pool.close(queue_);
}

WorkerLane WorkerExecutor::lane() {
    return std::make_shared<detail::Lane>(detail::Lane{queue_, queue_->pool.own(), {}, 0});
}

WorkerLane WorkerExecutor::enter(WorkerLane lane) noexcept {
    return std::exchange(current_, lane != nullptr ? std::move(lane) : nobody_);
}

void WorkerExecutor::submit(std::unique_ptr<Job> job) {
    if (queue_->pool.submit(current_, job)) return;
    job->run();
    job->finish();
}

void WorkerExecutor::finish_ready() {
    std::deque<detail::WorkerQueue::Done> done;
    {
        const std::lock_guard lock(queue_->pool.mutex);
        queue_->notified = false;
        done.swap(queue_->done);
    }
    for (auto& [job, lane] : done) {
        auto before = enter(std::move(lane));
        job->finish();
        job.reset();
        enter(std::move(before));
    }
}

WorkerPool::WorkerPool(unsigned threads, unsigned most)
    : state_(std::make_unique<detail::WorkerPoolState>(threads, most)) {}

WorkerPool::~WorkerPool() = default;

std::unique_ptr<WorkerExecutor> WorkerPool::executor(std::function<void()> notify) {
    auto queue = std::make_shared<detail::WorkerQueue>(
        detail::WorkerQueue{*state_, std::move(notify), {}, 0, 0, false, false});
    return std::unique_ptr<WorkerExecutor>(new WorkerExecutor(std::move(queue)));
}

}  // namespace nacre::fs
