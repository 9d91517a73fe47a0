#include <nacre/fs/worker_pool.hpp>

#include <catch2/catch_all.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace nacre::fs {
namespace {

/// What an event loop is to the pool: it is woken, and then it finishes what is ready.
class Loop {
  public:
    explicit Loop(WorkerPool& pool) : executor(pool.executor([this] { wake(); })) {}

    /// Finishes jobs until `done()`.
    template <class F>
    void run_until(F&& done) {
        while (!done()) {
            {
                std::unique_lock lock(mutex_);
                woken_.wait(lock, [&] { return awake_; });
                awake_ = false;
            }
            executor->finish_ready();
        }
    }

    std::atomic<int> wakes{0};
    std::unique_ptr<WorkerExecutor> executor;

  private:
    void wake() {
        const std::lock_guard lock(mutex_);
        awake_ = true;
        ++wakes;
        woken_.notify_one();
    }
    std::mutex mutex_;
    std::condition_variable woken_;
    bool awake_ = false;
};

/// Holds workers until it is opened.
class Gate {
  public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return open_; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    int waiting() {
        const std::lock_guard lock(mutex_);
        return waiting_;
    }
    void wait_for(int jobs) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= jobs; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool open_ = false;
};

struct Counts {
    std::atomic<int> ran{0};
    int finished = 0;
    int destroyed = 0;
    int on_wrong_thread = 0;
    std::thread::id owner = std::this_thread::get_id();
};

class CountingJob final : public Job {
  public:
    explicit CountingJob(Counts& counts, Gate* gate = nullptr) : counts_(counts), gate_(gate) {}
    ~CountingJob() override {
        ++counts_.destroyed;
        if (std::this_thread::get_id() != counts_.owner) ++counts_.on_wrong_thread;
    }
    void run() noexcept override {
        if (gate_ != nullptr) gate_->pass();
        ++counts_.ran;
    }
    void finish() noexcept override {
        ++counts_.finished;
        if (std::this_thread::get_id() != counts_.owner) ++counts_.on_wrong_thread;
    }

  private:
    Counts& counts_;
    Gate* gate_;
};

TEST_CASE("Jobs run elsewhere and are finished here", "[fs][pool]") {
    WorkerPool pool(2);
    Loop loop(pool);
    Counts counts;
    for (int i = 0; i < 100; ++i) loop.executor->submit(std::make_unique<CountingJob>(counts));
    loop.run_until([&] { return counts.finished == 100; });
    CHECK(counts.ran == 100);
    CHECK(counts.destroyed == 100);
    CHECK(counts.on_wrong_thread == 0);
}

TEST_CASE("One notice until it is taken", "[fs][pool]") {
    WorkerPool pool(1);
    Loop loop(pool);
    Loop other(pool);
    Counts counts;
    for (int i = 0; i < 50; ++i) loop.executor->submit(std::make_unique<CountingJob>(counts));
    // The only thread comes to this one after the first of those, and then again and again.
    Counts marks;
    for (int i = 0; i < 60; ++i) other.executor->submit(std::make_unique<CountingJob>(marks));
    other.run_until([&] { return marks.finished == 60; });
    CHECK(counts.ran == 50);
    CHECK(loop.wakes == 1);
    loop.executor->finish_ready();
    CHECK(counts.finished == 50);
}

TEST_CASE("Every loop gets its turn", "[fs][pool]") {
    WorkerPool pool(1);
    Loop busy(pool);
    Loop other(pool);
    Gate gate;
    Counts first;
    Counts many;
    Counts one;
    busy.executor->submit(std::make_unique<CountingJob>(first, &gate));
    gate.wait_for(1);
    Gate second;
    for (int i = 0; i < 500; ++i)
        busy.executor->submit(std::make_unique<CountingJob>(many, i == 2 ? &second : nullptr));
    other.executor->submit(std::make_unique<CountingJob>(one));
    gate.open();
    // Done although hundreds were there before it, and the third of these does not end.
    other.run_until([&] { return one.finished == 1; });
    CHECK(many.ran <= 2);
    second.open();
    busy.run_until([&] { return many.finished == 500; });
}

TEST_CASE("However much waits, the caller does not work", "[fs][pool]") {
    constexpr int kJobs = 5000;
    WorkerPool pool(1);
    Loop loop(pool);
    Gate gate;
    Counts held;
    Counts counts;
    loop.executor->submit(std::make_unique<CountingJob>(held, &gate));
    gate.wait_for(1);
    for (int i = 0; i < kJobs; ++i) loop.executor->submit(std::make_unique<CountingJob>(counts));
    CHECK(counts.ran == 0);
    gate.open();
    loop.run_until([&] { return counts.destroyed == kJobs; });
    CHECK(counts.finished == kJobs);
    CHECK(counts.on_wrong_thread == 0);
}

TEST_CASE("Who finds no memory loses that job only, and its lane hears of it", "[fs][pool]") {
    struct Short final : Job {
        Short(Counts& c, bool running) : counts(c), in_run(running) {}
        ~Short() override { ++counts.destroyed; }
        void run() override {
            if (in_run) throw std::bad_alloc();
            ++counts.ran;
        }
        void finish() override {
            if (!in_run) throw std::bad_alloc();
            ++counts.finished;
        }
        Counts& counts;
        const bool in_run;
    };
    WorkerPool pool(1);
    Loop loop(pool);
    Counts counts;
    int heard = 0;
    const bool in_run = GENERATE(true, false);
    const auto before = loop.executor->enter(loop.executor->lane([&] { ++heard; }));
    loop.executor->submit(std::make_unique<Short>(counts, in_run));
    loop.executor->submit(std::make_unique<CountingJob>(counts));
    loop.executor->enter(before);
    loop.run_until([&] { return counts.destroyed == 2; });
    CHECK(counts.finished == 1);
    // A job that did not run drops its replies, which tells whoever waits for them.
    CHECK(heard == (in_run ? 0 : 1));
}

TEST_CASE("When all threads are held up there are others, but not for whom holds them",
          "[fs][pool]") {
    WorkerPool pool(2, 5);
    Loop loop(pool);
    Gate gate;
    Counts held;
    Counts quick;
    const auto submit_held = [&](int jobs) {
        loop.executor->enter(loop.executor->lane());
        for (int i = 0; i < jobs; ++i)
            loop.executor->submit(std::make_unique<CountingJob>(held, &gate));
    };
    submit_held(100);
    submit_held(100);
    gate.wait_for(4);
    loop.executor->enter(loop.executor->lane());
    for (int i = 0; i < 20; ++i) loop.executor->submit(std::make_unique<CountingJob>(quick));
    loop.run_until([&] { return quick.finished == 20; });
    CHECK(gate.waiting() == 4);
    gate.open();
    loop.run_until([&] { return held.finished == 200; });
    CHECK(held.on_wrong_thread == 0);
}

TEST_CASE("What a job submits at its end belongs where the job did", "[fs][pool]") {
    struct Following final : Job {
        Following(WorkerExecutor& e, Counts& c, Gate& g) : executor(e), counts(c), gate(g) {}
        void run() noexcept override {}
        void finish() noexcept override {
            for (int i = 0; i < 10; ++i)
                executor.submit(std::make_unique<CountingJob>(counts, &gate));
            ++counts.finished;
        }
        WorkerExecutor& executor;
        Counts& counts;
        Gate& gate;
    };
    WorkerPool pool(2, 4);
    Loop loop(pool);
    Gate gate;
    Counts held;
    Counts quick;
    const auto before = loop.executor->enter(loop.executor->lane());
    loop.executor->submit(std::make_unique<Following>(*loop.executor, held, gate));
    loop.executor->enter(before);
    loop.run_until([&] { return held.finished == 1; });
    gate.wait_for(2);
    loop.executor->submit(std::make_unique<CountingJob>(quick));
    loop.run_until([&] { return quick.finished == 1; });
    CHECK(gate.waiting() == 2);
    gate.open();
    loop.run_until([&] { return held.finished == 11; });
}

TEST_CASE("An executor that ends takes its jobs along", "[fs][pool]") {
    WorkerPool pool(2);
    Loop other(pool);
    Gate gate;
    Counts running;
    Counts waiting;
    Counts later;
    {
        Loop loop(pool);
        for (int i = 0; i < 2; ++i)
            loop.executor->submit(std::make_unique<CountingJob>(running, &gate));
        gate.wait_for(2);
        for (int i = 0; i < 10; ++i) loop.executor->submit(std::make_unique<CountingJob>(waiting));
        other.executor->submit(std::make_unique<CountingJob>(later));
        // Before or after the destructor has begun to wait.
        std::thread opener([&] { gate.open(); });
        loop.executor.reset();
        const int wakes = loop.wakes;
        opener.join();
        CHECK(running.ran == 2);
        CHECK(running.destroyed == 2);
        CHECK(waiting.destroyed == 10);
        CHECK(running.finished + waiting.finished == 0);
        other.run_until([&] { return later.finished == 1; });
        CHECK(loop.wakes == wakes);
    }
    CHECK(running.on_wrong_thread + waiting.on_wrong_thread == 0);
}

TEST_CASE("What the notice holds dies with its executor", "[fs][pool]") {
    WorkerPool pool(1);
    const auto token = std::make_shared<int>(1);
    Gate gate;
    Counts counts;
    Loop other(pool);
    auto executor = pool.executor([token] {});
    // The queue of the executor still has its turn when it ends.
    other.executor->submit(std::make_unique<CountingJob>(counts, &gate));
    gate.wait_for(1);
    executor->submit(std::make_unique<CountingJob>(counts));
    executor.reset();
    CHECK(token.use_count() == 1);
    gate.open();
    other.run_until([&] { return counts.finished == 1; });
}

TEST_CASE("Many loops on few threads", "[fs][pool]") {
    WorkerPool pool(3);
    constexpr int kLoops = 6;
    constexpr int kJobs = 3000;
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kLoops; ++t) {
        threads.emplace_back([&] {
            Loop loop(pool);
            Counts counts;
            int submitted = 0;
            const auto submit = [&](int n) {
                for (; n != 0 && submitted < kJobs; --n, ++submitted)
                    loop.executor->submit(std::make_unique<CountingJob>(counts));
            };
            submit(50);
            loop.run_until([&] {
                if (counts.finished == kJobs) return true;
                submit(50);
                return counts.finished == kJobs;
            });
            // And some that are never finished.
            Counts dropped;
            for (int i = 0; i < 20; ++i)
                loop.executor->submit(std::make_unique<CountingJob>(dropped));
            loop.executor.reset();
            if (counts.ran == kJobs && counts.destroyed == kJobs && counts.on_wrong_thread == 0 &&
                dropped.destroyed == 20 && dropped.on_wrong_thread == 0)
                ++good;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(good == kLoops);
}

}  // namespace
}  // namespace nacre::fs
