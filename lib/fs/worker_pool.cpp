#include <nacre/fs/worker_pool.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <iterator>
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

/// After a thread that could not be started.
constexpr auto kNoThreadPause = std::chrono::milliseconds(500);

}  // namespace

namespace detail {

struct Task {
    std::unique_ptr<Job> job;
    WorkerLane lane;
    bool ran = false;  ///< to its end
};

/// Tasks change lists without being allocated again, so that what is submitted needs no more
/// memory.
using Tasks = std::list<Task>;

void move_first(Tasks& to, Tasks& from) noexcept {
    to.splice(to.end(), from, from.begin());
}

/// What the jobs of one executor have in common. Guarded by the pool's mutex, as all queues are
/// looked at together.
struct WorkerQueue {
    WorkerPoolState& pool;
    std::function<void()> notify;
    Tasks done;
    unsigned running = 0;
    bool notified = false;  ///< and finish_ready() not called since
    bool closed = false;
};

/// Guarded likewise.
struct Lane {
    const std::shared_ptr<WorkerQueue> queue;
    const unsigned most;  ///< jobs running at a time; 0: any number
    const std::function<void()> on_no_memory;
    /// A list owns nothing while it is empty, as those of idle sessions are.
    Tasks waiting;
    unsigned running = 0;

    bool may_run() const noexcept { return most == 0 || running < most; }
};

class WorkerPoolState {
  public:
    WorkerPoolState(unsigned threads, unsigned most)
        : own_(std::max(threads, 1U)), most_(std::max(most, own_)) {
        threads_.reserve(most_);
    }
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

    /// Takes the job unless there is nobody to run it.
    void submit(const WorkerLane& lane, std::unique_ptr<Job>& job) {
        Tasks task(1);
        std::list<WorkerLane> turn(1, lane);
        const std::lock_guard lock(mutex);
        if (lane->queue->closed || !start()) return;
        task.front().job = std::move(job);
        task.front().lane = lane;
        // A lane that has its turn and no job does no harm.
        if (lane->waiting.empty()) turns_.splice(turns_.end(), turn);
        move_first(lane->waiting, task);
        call_for_work();
    }

    void close(const std::shared_ptr<WorkerQueue>& queue) {
        Tasks dropped;
        // A worker may hold the queue longer than its owner; what the notice holds is the owner's.
        std::function<void()> notify;
        std::unique_lock lock(mutex);
        queue->closed = true;
        notify.swap(queue->notify);
        for (const auto& lane : turns_)
            if (lane->queue == queue) dropped.splice(dropped.end(), lane->waiting);
        idle.wait(lock, [&] { return queue->running == 0; });
        dropped.splice(dropped.end(), queue->done);
        lock.unlock();
        dropped.clear();
    }

    std::mutex mutex;
    std::condition_variable idle;

  private:
    /// Whether there is a thread now. Those that could not be started are tried again.
    bool start() noexcept {
        while (threads_.size() < own_ && add([this] { run(); })) {
        }
        look_for_stand_by();
        return !threads_.empty();
    }

    void look_for_stand_by() noexcept {
        if (!has_stand_by_ && threads_.size() < most_) has_stand_by_ = add([this] { stand_by(); });
    }

    template <class F>
    bool add(F work) noexcept {
        const auto now = std::chrono::steady_clock::now();
        if (now < none_before_) return false;
        try {
            threads_.emplace_back(std::move(work));
            return true;
        } catch (const std::exception&) {
            // A limit of the system. Fewer will do, and without any the callers do the work.
            none_before_ = now + kNoThreadPause;
            return false;
        }
    }

    void call_for_work() noexcept {
        if (free_ != 0) return work_.notify_one();
        if (stand_by_sleeps_) held_up_.notify_one();
    }

    /// The first lane whose turn it is and that has a job which may run, with its turn; or nothing.
    std::list<WorkerLane> next_lane() noexcept {
        std::list<WorkerLane> next;
        for (auto turn = turns_.begin(); turn != turns_.end();) {
            if (!(*turn)->waiting.empty() && (*turn)->may_run()) {
                next.splice(next.end(), turns_, turn);
                break;
            }
            turn = (*turn)->waiting.empty() ? turns_.erase(turn) : std::next(turn);
        }
        return next;
    }

    bool work_waits() const noexcept {
        return std::any_of(turns_.begin(), turns_.end(), [](const WorkerLane& lane) {
            return !lane->waiting.empty() && lane->may_run();
        });
    }

    void run() noexcept {
        std::unique_lock lock(mutex);
        work(lock);
    }

    void work(std::unique_lock<std::mutex>& lock) noexcept {
        for (;;) {
            std::list<WorkerLane> turn;
            ++free_;
            work_.wait(lock, [&] { return !(turn = next_lane()).empty() || ending_; });
            --free_;
            if (turn.empty()) return;
            const WorkerLane lane = turn.front();
            const auto queue = lane->queue;
            Tasks task;
            move_first(task, lane->waiting);
            // Round robin: a lane with more work goes to the end.
            if (!lane->waiting.empty()) turns_.splice(turns_.end(), turn);
            if (!turns_.empty()) call_for_work();
            ++taken_;
            ++queue->running;
            ++lane->running;
            lock.unlock();
            run_job(task.front());
            lock.lock();
            --queue->running;
            --lane->running;
            move_first(queue->done, task);
            if (queue->closed) {
                idle.notify_all();
            } else if (!std::exchange(queue->notified, true)) {
                // Under the lock, so that it is not called after close().
                queue->notify();
            }
        }
    }

    static void run_job(Task& task) noexcept {
        try {
            task.job->run();
            task.ran = true;
        } catch (const std::bad_alloc&) {
            // Its replies are dropped where it is destroyed.
        }
    }

    /// Waits until all others are held up while there is work; then becomes one of them.
    void stand_by() noexcept {
        std::unique_lock lock(mutex);
        for (;;) {
            stand_by_sleeps_ = true;
            held_up_.wait(lock, [&] { return ending_ || work_waits(); });
            stand_by_sleeps_ = false;
            const auto before = taken_;
            if (held_up_.wait_for(lock, kPatience, [&] { return ending_; })) return;
            if (taken_ == before && free_ == 0 && work_waits()) break;
        }
        has_stand_by_ = false;
        look_for_stand_by();
        work(lock);
    }

    const unsigned own_;
    const unsigned most_;
    bool ending_ = false;
    std::condition_variable work_;
    std::condition_variable held_up_;
    bool has_stand_by_ = false;     ///< one of the threads is not at work, but stands by
    bool stand_by_sleeps_ = false;  ///< as it has no reason to look
    unsigned free_ = 0;             ///< threads that wait for work
    std::uint64_t taken_ = 0;       ///< jobs, counted
    std::list<WorkerLane> turns_;   ///< lanes that have waiting jobs
    std::vector<std::thread> threads_;
    std::chrono::steady_clock::time_point none_before_{};  ///< no thread is tried
};

}  // namespace detail

WorkerExecutor::WorkerExecutor(std::shared_ptr<detail::WorkerQueue> queue)
    : queue_(std::move(queue)), nobody_(lane(0, nullptr)), current_(nobody_) {}

WorkerExecutor::~WorkerExecutor() {
    queue_->pool.close(queue_);
}

WorkerLane WorkerExecutor::lane(unsigned most, std::function<void()> on_no_memory) {
    return std::make_shared<detail::Lane>(
        detail::Lane{queue_, most, std::move(on_no_memory), {}, 0});
}

WorkerLane WorkerExecutor::lane(std::function<void()> on_no_memory) {
    return lane(queue_->pool.own(), std::move(on_no_memory));
}

WorkerLane WorkerExecutor::enter(WorkerLane lane) noexcept {
    return std::exchange(current_, lane != nullptr ? std::move(lane) : nobody_);
}

void WorkerExecutor::submit(std::unique_ptr<Job> job) {
    queue_->pool.submit(current_, job);
    if (job == nullptr) return;
    // What a job submits comes after it, not inside of it: such chains may be long.
    here_.push_back(std::move(job));
    if (here_.size() != 1) return;
    try {
        for (; !here_.empty(); here_.pop_front()) {
            here_.front()->run();
            here_.front()->finish();
        }
    } catch (const std::bad_alloc&) {
        const auto dropped = std::exchange(here_, {});
        throw;
    }
}

void WorkerExecutor::finish_ready() noexcept {
    detail::Tasks done;
    {
        const std::lock_guard lock(queue_->pool.mutex);
        queue_->notified = false;
        done.swap(queue_->done);
    }
    for (; !done.empty(); done.pop_front()) {
        detail::Task& task = done.front();
        auto before = enter(task.lane);
        bool memory = true;
        try {
            if (task.ran) task.job->finish();
        } catch (const std::bad_alloc&) {
            memory = false;
        }
        task.job.reset();
        enter(std::move(before));
        if (!memory && task.lane->on_no_memory) task.lane->on_no_memory();
    }
}

WorkerPool::WorkerPool(unsigned threads, unsigned most)
    : state_(std::make_unique<detail::WorkerPoolState>(threads, most)) {}

WorkerPool::~WorkerPool() = default;

std::unique_ptr<WorkerExecutor> WorkerPool::executor(std::function<void()> notify) {
    auto queue = std::make_shared<detail::WorkerQueue>(
        detail::WorkerQueue{*state_, std::move(notify), {}, 0, false, false});
    return std::unique_ptr<WorkerExecutor>(new WorkerExecutor(std::move(queue)));
}

}  // namespace nacre::fs
