#include "server/event_loop.hpp"

#include "server/connection.hpp"

#include <new>
#include <thread>
#include <utility>

namespace nacre::server {

namespace {

/// Between two looks at connections that may have come to an end of their work.
constexpr auto kDrainInterval = std::chrono::milliseconds(20);
/// Between two looks at connections that are told to end.
constexpr auto kStopInterval = std::chrono::milliseconds(5);
constexpr auto kNoMemoryPause = std::chrono::milliseconds(1);

}  // namespace

EventLoop::EventLoop(fs::WorkerPool& files, fs::WorkerPool& logins, const Ending& ending,
                     std::size_t memory)
    : memory_(memory),
      ending_(ending),
      io_(1),
      end_timer_(io_),
      files_(executor(files, files_, files_notice_)),
      logins_(executor(logins, logins_, logins_notice_)) {}

EventLoop::~EventLoop() {
    // Handlers that wait hold their connections, or are held by listeners: they run now, aborted,
    // while executor and pools are still there for what the sessions give back.
    over_ = true;
    for (const auto& listener : listeners_) listener->close();
    for (std::size_t ran = 1; ran != 0;) {
        while (!connections_.empty()) {
            const auto connection = connections_.front();
            connection->abandon();
        }
        io_.restart();
        outlast([&] { ran = io_.poll(); });
    }
}

void EventLoop::run() {
    outlast([this] { io_.run(); });
}

/// Runs handlers, also those after one that found no memory: one that was posted here by others.
/// What it had to do is lost.
template <class F>
void EventLoop::outlast(F&& work) noexcept {
    for (;;) {
        try {
            work();
            return;
        } catch (const std::bad_alloc&) {
            continue;
        }
    }
}

std::unique_ptr<fs::WorkerExecutor> EventLoop::executor(fs::WorkerPool& pool,
                                                        std::unique_ptr<fs::WorkerExecutor>& self,
                                                        HandlerMemory& memory) {
    // There is one notice at a time, so it needs no other memory.
    return pool.executor([this, &self, &memory] {
        post_in(memory, [this, &self] {
            gives_turns_ = true;
            self->finish_ready();
            give_turns();
        });
    });
}

void EventLoop::wake(Connection& connection) noexcept {
    connection.next_woken = std::exchange(woken_, &connection);
    if (!gives_turns_) give_turns_later();
}

void EventLoop::give_turns_later() noexcept {
    if (std::exchange(woken_noticed_, true)) return;
    post_in(woken_notice_, [this] {
        woken_noticed_ = false;
        give_turns();
    });
}

void EventLoop::forget(const Connection& connection) noexcept {
    for (Connection** list : {&woken_, &turns_}) {
        while (*list != nullptr && *list != &connection) list = &(*list)->next_woken;
        if (*list != nullptr) *list = connection.next_woken;
    }
}

/// Whoever is woken meanwhile has the next turn, after what waits in the reactor.
void EventLoop::give_turns() noexcept {
    gives_turns_ = true;
    turns_ = std::exchange(woken_, nullptr);
    while (turns_ != nullptr) {
        Connection& next = *turns_;
        turns_ = std::exchange(next.next_woken, nullptr);
        next.on_turn();
    }
    gives_turns_ = false;
    if (woken_ != nullptr) give_turns_later();
}

void EventLoop::look_for_end() noexcept {
    if (end_noticed_.exchange(true)) return;
    post_in(end_notice_, [this] {
        end_noticed_ = false;
        look();
    });
}

/// Ends what may end, and looks again until there is no connection left or the time is over.
void EventLoop::look() {
    if (over_ || !ending_.draining) return;
    for (const auto& listener : listeners_) listener->close();
    const Instant now = std::chrono::steady_clock::now();
    if (!stopped_by_ && (ending_.stopping || now >= ending_.drained_by.load()))
        stopped_by_ = now + ending_.stop_timeout;
    // stop() may end a connection at once, which takes it from the list.
    for (auto next = connections_.begin(); next != connections_.end();) {
        const auto connection = *next++;
        if (stopped_by_ || !connection->in_use()) connection->stop();
    }
    if (connections_.empty() || (stopped_by_ && now >= *stopped_by_)) return io_.stop();
    if (std::exchange(end_waits_, true)) return;
    try {
        end_timer_.expires_after(stopped_by_ ? kStopInterval : kDrainInterval);
        end_timer_.async_wait(HandlerIn(end_pause_, [this](const asio::error_code&) {
            end_waits_ = false;
            look();
        }));
    } catch (const std::bad_alloc&) {
        // No memory even for a timer: better the whole loop waits than that it spins.
        end_waits_ = false;
        std::this_thread::sleep_for(kNoMemoryPause);
        look_for_end();
    }
}

}  // namespace nacre::server
