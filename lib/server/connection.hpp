/// \file
/// One connection: descriptors on one side, a session on the other.
#pragma once
#include "server/event_loop.hpp"

#include <nacre/server/server.hpp>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include <atomic>

namespace nacre::server {

/// Counts shared by the loops; changed when connections come, log in and go.
struct Counts {
    std::atomic<std::uint32_t> connections{0};
    std::atomic<std::uint32_t> startups{0};  ///< not authenticated
    std::atomic<std::uint64_t> numbers{0};
};

/// Kept alive by its loop's set and by the handlers that wait for it. One thread.
class Connection final : public std::enable_shared_from_this<Connection> {
  public:
    /// Called once, at the end, on the loop's thread.
    using OnEnd = std::function<void(const std::shared_ptr<Connection>&)>;

    /// Called once, when the user is logged in or the connection is destroyed before that.
    using OnStarted = std::function<void(const Peer&)>;

    /// Takes over `in` and `out`, which may be the same descriptor.
    Connection(EventLoop& loop, Counts& counts, const Peer& peer, int in, int out,
               OnStarted on_started);
    ~Connection();

    /// Makes the session and begins. Errors end the connection.
    Result<void> start(const Config& config, const Provider& provider,
                       std::shared_ptr<const TransportConfig> transport, OnEnd on_end);
    /// Ends it in order.
    void stop();
    /// Closes it at once, without telling anybody.
    void abandon();
    const Peer& peer() const noexcept { return peer_; }

  private:
    static Instant now() noexcept { return std::chrono::steady_clock::now(); }
    asio::posix::stream_descriptor& out() noexcept { return out_ ? *out_ : in_; }
    void on_readable();
    void receive();
    void turn();
    bool flush();
    ssize_t send_slices(const ConstBuf* slices, std::size_t count) noexcept;
    void wait_readable();
    void wait_writable();
    void arm_timer();
    void on_woken();
    void finish();
    void linger();
    void close_after_linger();
    void drain();
    void close();
    void note_login();
    void end_startup();
    void leave();

    EventLoop& loop_;
    Counts& counts_;
    const Peer peer_;
    asio::posix::stream_descriptor in_;
    std::optional<asio::posix::stream_descriptor> out_;  ///< when it is another one than in_
    bool socket_ = false;
    asio::steady_timer timer_;
    std::optional<Instant> armed_;
    OnEnd on_end_;
    OnStarted on_started_;
    bool waiting_read_ = false;
    bool waiting_write_ = false;
    bool in_turn_ = false;
    bool woken_ = false;
    bool wake_posted_ = false;
    bool counted_startup_ = true;
    bool ending_ = false;  ///< the session is over, its last bytes are not sent yet
    bool lingering_ = false;
    bool closed_ = false;
    bool left_ = false;  ///< is not counted any more
    std::size_t drained_ = 0;
    std::unique_ptr<Session> session_;  ///< last: its destructor may still call us
};

}  // namespace nacre::server
