/// \file
/// One connection: descriptors on one side, a session on the other.
#pragma once
#include "fs/owned_fd.hpp"
#include "server/admission.hpp"
#include "server/event_loop.hpp"
#include "server/login_watch.hpp"

#include <nacre/server/server.hpp>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

namespace nacre::server {

/// Kept alive by its loop's set and by the handlers that wait for it. One thread.
class Connection final : public std::enable_shared_from_this<Connection> {
  public:
    /// Called once, at the end, on the loop's thread. Must not throw.
    using OnEnd = std::function<void()>;

    Connection(EventLoop& loop, std::shared_ptr<Admission::Place> place, const Peer& peer);
    ~Connection();

    /// Makes the session and begins. Errors, and exceptions for want of memory or of places in the
    /// reactor: the connection is to be abandoned.
    /// \param out  none: `in` is for both directions
    Result<void> start(detail::OwnedFd in, detail::OwnedFd out, const Config& config,
                       const Provider& provider, std::shared_ptr<const TransportConfig> transport,
                       OnEnd on_end);
    /// Ends it in order.
    void stop();
    /// Whether it is logged in and something is under way, or was a moment ago.
    bool in_use() const noexcept;
    /// Closes it at once, without telling anybody.
    void abandon();
    const Peer& peer() const noexcept { return peer_; }

    // For the loop that wakes it.
    void on_turn() noexcept;
    Connection* next_woken = nullptr;

  private:
    static Instant now() noexcept { return std::chrono::steady_clock::now(); }
    asio::posix::stream_descriptor& out() noexcept { return out_ ? *out_ : in_; }
    class InLane;
    template <class F>
    void guarded(F work) noexcept;
    void on_readable();
    bool may_receive() noexcept;
    void wait_for_memory(std::chrono::milliseconds pause);
    void starve();
    void count_holding(bool holding) noexcept;
    bool receive();
    void turn();
    bool flush();
    ssize_t send_slices(const ConstBuf* slices, std::size_t count) noexcept;
    void wait_readable();
    void wait_writable();
    void arm_timer();
    void on_woken() noexcept;
    void on_timer();
    void finish();
    void linger();
    void close_after_linger();
    void drain();
    void close();
    void note_login();
    void leave();
    void excuse() noexcept;
    void blame();

    EventLoop& loop_;
    std::shared_ptr<Admission::Place> place_;  ///< null once it is over
    const Peer peer_;
    fs::WorkerLane file_lane_;
    fs::WorkerLane login_lane_;
    std::optional<EventLoop::Connections::iterator> listed_;
    asio::posix::stream_descriptor in_;
    std::optional<asio::posix::stream_descriptor> out_;  ///< when it is another one than in_
    bool socket_ = false;
    asio::steady_timer timer_;
    std::optional<Instant> armed_;
    std::unique_ptr<asio::steady_timer> pause_;  ///< set while there is no memory to receive into
    std::optional<Instant> starved_since_;       ///< of the system, in vain
    OnEnd on_end_;
    std::shared_ptr<const LoginWatch> watch_;
    bool waiting_read_ = false;
    bool waiting_write_ = false;
    bool in_turn_ = false;
    bool woken_ = false;
    bool turn_comes_ = false;
    bool holding_ = false;  ///< counts in the loop's startups_holding
    bool stopped_ = false;  ///< by us, for no fault of the peer
    bool ending_ = false;   ///< the session is over, its last bytes are not sent yet
    bool lingering_ = false;
    bool closed_ = false;
    std::size_t drained_ = 0;
    Instant last_received_{};
    /// Last: its destructor may still call us. Null before start() and when lingering.
    std::unique_ptr<Session> session_;
};

}  // namespace nacre::server
