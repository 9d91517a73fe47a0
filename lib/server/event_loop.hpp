/// \file
/// One thread of connections: its reactor, its pools of memory, its executor.
#pragma once
#include <nacre/base/frame.hpp>
#include <nacre/base/random.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/fs/worker_pool.hpp>
#include <nacre/server/server.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <unordered_set>

namespace nacre::server {

class Connection;

/// All members are used on the loop's thread, except post() and io().
class EventLoop final : public Loop {
  public:
    /// \param memory  bytes of packets that the sessions here should hold at most; 0: no limit
    EventLoop(fs::WorkerPool& files, fs::WorkerPool& logins, std::size_t memory = 0)
        : memory_(memory),
          io_(1),
          files_(files.executor([this] { asio::post(io_, [this] { files_->finish_ready(); }); })),
          logins_(
              logins.executor([this] { asio::post(io_, [this] { logins_->finish_ready(); }); })) {}
    ~EventLoop() override;

    void post(std::function<void()> work) override { asio::post(io_, std::move(work)); }
    Executor& files() noexcept override { return *files_; }
    Executor& logins() noexcept override { return *logins_; }

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
    /// Sessions that are not logged in and have received a part of a packet.
    std::size_t startups_holding = 0;
    fs::WorkerExecutor& workers() noexcept { return *files_; }

    void add(const std::shared_ptr<Connection>& connection) { connections_.insert(connection); }
    void remove(const std::shared_ptr<Connection>& connection) { connections_.erase(connection); }
    const std::unordered_set<std::shared_ptr<Connection>>& connections() const noexcept {
        return connections_;
    }

  private:
    const std::size_t memory_;
    // Destroyed from the last to the first: sessions return frames and slabs to the pools and jobs
    // to the executor, and handlers that wait in the reactor hold sessions.
    FramePool frames_;
    SlabPool slabs_;
    asio::io_context io_;
    std::unique_ptr<fs::WorkerExecutor> files_;
    std::unique_ptr<fs::WorkerExecutor> logins_;
    std::unordered_set<std::shared_ptr<Connection>> connections_;
};

}  // namespace nacre::server
