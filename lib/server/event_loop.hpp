/// \file
/// One thread of connections: its reactor, its pools of memory, its executor.
#pragma once
#include "server/handler_memory.hpp"
#include "server/listener.hpp"

#include <nacre/base/frame.hpp>
#include <nacre/base/random.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/fs/worker_pool.hpp>
#include <nacre/server/server.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace nacre::server {

class Connection;

/// When the loops of a server end. Set from any thread; look_for_end() of each loop follows.
struct Ending {
    std::atomic<bool> draining{false};
    std::atomic<bool> stopping{false};
    std::atomic<Instant> drained_by{Instant::max()};
    std::chrono::milliseconds stop_timeout{};
};

/// All members are used on the loop's thread, except post(), io() and look_for_end(). What the loop
/// itself needs while it runs it has from the beginning: without memory, connections end, not it.
class EventLoop final : public Loop {
  public:
    /// \param memory  bytes of packets that the sessions here should hold at most; 0: no limit
    EventLoop(fs::WorkerPool& files, fs::WorkerPool& logins, const Ending& ending,
              std::size_t memory = 0);
    ~EventLoop() override;

    void post(std::function<void()> work) override { asio::post(io_, std::move(work)); }
    Executor& files() noexcept override { return *files_; }
    Executor& logins() noexcept override { return *logins_; }

    /// Until the end.
    void run();
    /// Whether it is being destroyed: nothing may begin here any more.
    bool over() const noexcept { return over_; }
    /// From any thread, after `ending` has changed.
    void look_for_end() noexcept;

    asio::io_context& io() noexcept { return io_; }
    SessionResources resources(const Provider& provider) noexcept {
        return {&provider, &system_rng(), logins_.get(), &frames_, &slabs_};
    }
    bool short_of_memory() const noexcept {
        return memory_ != 0 && slabs_.in_use() * SlabPool::kSlabSize + frames_.in_use() >= memory_;
    }
    /// Whether a session that has no memory to receive into may take some. What those that are not
    /// logged in hold, perhaps for as long as the time for the login, leaves half of it to the
    /// others.
    bool may_hold(bool logged_in) const noexcept {
        if (memory_ == 0) return true;
        return !short_of_memory() &&
               (logged_in || startups_holding * SlabPool::kSlabSize < memory_ / 2);
    }
    /// Whether a connection that finds no memory may be ended now, so that others find some: one
    /// after the other, as the next may be enough.
    bool may_shed(Instant now) noexcept {
        if (now < shed_next_) return false;
        shed_next_ = now + kShedInterval;
        return true;
    }
    /// By any connection.
    Instant last_received{};
    /// Sessions that are not logged in and have a slab to receive into.
    std::size_t startups_holding = 0;
    fs::WorkerExecutor& file_workers() noexcept { return *files_; }
    fs::WorkerExecutor& login_workers() noexcept { return *logins_; }

    /// Accepts here until the server drains. Before run().
    void add(std::unique_ptr<Listener> listener) { listeners_.push_back(std::move(listener)); }

    using Connections = std::list<std::shared_ptr<Connection>>;
    /// Where it is, for remove().
    Connections::iterator add(std::shared_ptr<Connection> connection) {
        return connections_.insert(connections_.end(), std::move(connection));
    }
    void remove(Connections::iterator connection) noexcept { connections_.erase(connection); }

    /// Gives it a turn soon. Not twice before it had one.
    void wake(Connection& connection) noexcept;
    /// It is no more.
    void forget(const Connection& connection) noexcept;

  private:
    std::unique_ptr<fs::WorkerExecutor> executor(fs::WorkerPool& pool,
                                                 std::unique_ptr<fs::WorkerExecutor>& self,
                                                 HandlerMemory& memory);
    template <class F>
    void outlast(F&& work) noexcept;
    template <class F>
    void post_in(HandlerMemory& memory, F f) {
        asio::post(io_, HandlerIn(memory, std::move(f)));
    }
    void give_turns() noexcept;
    void give_turns_later() noexcept;
    void look();

    /// Enough for all that wait for memory to have looked for it again.
    static constexpr auto kShedInterval = std::chrono::milliseconds(50);

    const std::size_t memory_;
    Instant shed_next_{};
    const Ending& ending_;
    HandlerMemory files_notice_;
    HandlerMemory logins_notice_;
    HandlerMemory woken_notice_;
    HandlerMemory end_notice_;
    HandlerMemory end_pause_;
    // Destroyed from the last to the first: sessions return frames and slabs to the pools and jobs
    // to the executor, and handlers that wait in the reactor hold sessions.
    FramePool frames_;
    SlabPool slabs_;
    asio::io_context io_;
    asio::steady_timer end_timer_;
    std::atomic<bool> end_noticed_{false};
    std::optional<Instant> stopped_by_;
    bool end_waits_ = false;  ///< for the next look
    bool over_ = false;
    // Lists, linked by Connection::next_woken.
    Connection* woken_ = nullptr;  ///< the last one first
    Connection* turns_ = nullptr;  ///< those whose turn it is now
    bool gives_turns_ = false;     ///< or will, without a notice
    bool woken_noticed_ = false;
    std::unique_ptr<fs::WorkerExecutor> files_;
    std::unique_ptr<fs::WorkerExecutor> logins_;
    Connections connections_;
    std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace nacre::server
