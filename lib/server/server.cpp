#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/event_loop.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/server/server.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/ip/tcp.hpp>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <new>
#include <thread>

namespace nacre::server {

namespace {

/// After an accept that failed for want of descriptors or memory.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

/// Between two looks at connections that may have come to an end of their work.
constexpr auto kDrainInterval = std::chrono::milliseconds(20);

/// Asio does not ask for it; programs that are started must not inherit connections.
void close_on_exec(int fd) noexcept {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

Error failed(const asio::error_code& error, const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(error.value()), what};
}

class ServerImpl final : public Server {
  public:
    ServerImpl(Config config, const Provider& provider)
        : config_(std::move(config)),
          provider_(provider),
          transport_(std::make_shared<const TransportConfig>(config_.transport)),
          workers_(config_.workers, config_.max_workers),
          login_workers_(config_.login_workers),
          admission_(config_.limits) {
        const unsigned threads = std::max(config_.threads, 1U);
        for (unsigned i = 0; i < threads; ++i)
            loops_.push_back(std::make_unique<EventLoop>(
                workers_, login_workers_, (config_.limits.memory + threads - 1) / threads));
    }
    ~ServerImpl() override {
        listeners_.clear();
        loops_.clear();
    }

    Result<std::uint16_t> listen(const std::string& address, std::uint16_t port) override;
    Result<void> serve_fds(int in, int out) override;
    void run() override;
    void drain(std::chrono::milliseconds time) override;
    void stop() override;
    std::size_t connections() const noexcept override { return admission_.connections(); }

  private:
    struct Listener {
        explicit Listener(asio::io_context& io) : acceptor(io), pause(io) {}
        asio::ip::tcp::acceptor acceptor;
        asio::steady_timer pause;
    };
    void accept(Listener& listener);
    void accepted(asio::ip::tcp::socket socket);
    void refuse(const Peer& peer, const char* reason) noexcept;
    void begin(EventLoop& loop, std::shared_ptr<Admission::Place> place, const Peer& peer, int in,
               int out);
    void on_end(EventLoop& loop, const std::shared_ptr<Connection>& connection);
    void close_listeners();
    void drain_loop(EventLoop& loop, Instant until);
    void close_loop(EventLoop& loop);

    const Config config_;
    const Provider& provider_;
    const std::shared_ptr<const TransportConfig> transport_;
    fs::WorkerPool workers_;
    fs::WorkerPool login_workers_;
    Admission admission_;
    std::atomic<std::uint64_t> numbers_{0};
    std::vector<std::unique_ptr<EventLoop>> loops_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::size_t next_loop_ = 0;
    bool one_connection_ = false;
    std::atomic<bool> draining_{false};  ///< or stopping
    std::atomic<bool> stopping_{false};
};

Result<std::uint16_t> ServerImpl::listen(const std::string& address, std::uint16_t port) {
    asio::error_code error;
    const auto ip = asio::ip::make_address(address, error);
    if (error) return failed(error, "not a numeric address");
    auto listener = std::make_unique<Listener>(loops_[0]->io());
    auto& acceptor = listener->acceptor;
    const asio::ip::tcp::endpoint endpoint(ip, port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) close_on_exec(acceptor.native_handle());
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(error, "cannot listen");
    const std::uint16_t bound = acceptor.local_endpoint(error).port();
    if (error) return failed(error, "cannot listen");
    listeners_.push_back(std::move(listener));
    accept(*listeners_.back());
    return bound;
}

void ServerImpl::accept(Listener& listener) {
    listener.acceptor.async_accept(
        [this, &listener](const asio::error_code& error, asio::ip::tcp::socket socket) {
            if (draining_ || error == asio::error::operation_aborted) return;
            if (error) {
                // Out of descriptors or memory: trying again at once would only burn time.
                listener.pause.expires_after(kAcceptPause);
                listener.pause.async_wait([this, &listener](const asio::error_code& cancelled) {
                    if (!cancelled && !draining_) accept(listener);
                });
                return;
            }
            try {
                accepted(std::move(socket));
            } catch (const std::exception&) {
                // Nobody can be served now.
            }
            accept(listener);
        });
}

void ServerImpl::accepted(asio::ip::tcp::socket socket) {
    asio::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;
    Peer peer{remote.address().to_string(), remote.port(), ++numbers_};
    auto admitted = admission_.admit(peer.address, std::chrono::steady_clock::now());
    if (const char* const* reason = std::get_if<const char*>(&admitted)) {
        refuse(peer, *reason);
        return;
    }
    auto place = std::move(*std::get_if<0>(&admitted));
    close_on_exec(socket.native_handle());
    const int no_delay = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    EventLoop& loop = *loops_[next_loop_++ % loops_.size()];
    const int fd = socket.release(error);
    if (error) return;
    if (loops_.size() == 1) return begin(loop, std::move(place), peer, fd, fd);
    loop.post([this, &loop, place = std::move(place), peer, fd]() mutable {
        begin(loop, std::move(place), peer, fd, fd);
    });
}

/// Without memory to tell it nobody is told.
void ServerImpl::refuse(const Peer& peer, const char* reason) noexcept {
    try {
        if (config_.on_refused) config_.on_refused(peer, reason);
    } catch (const std::bad_alloc&) {
        return;
    }
}

void ServerImpl::begin(EventLoop& loop, std::shared_ptr<Admission::Place> place, const Peer& peer,
                       int in, int out) {
    if (loop.short_of_memory() && !one_connection_) {
        refuse(peer, "the memory for packets is used up");
        ::close(in);
        return;
    }
    std::shared_ptr<Connection> connection;
    const auto start = [&]() -> Result<void> {
        try {
            connection = std::make_shared<Connection>(loop, std::move(place), peer, in, out);
            loop.add(connection);
            return connection->start(
                config_, provider_, transport_,
                [this, &loop](const std::shared_ptr<Connection>& c) { on_end(loop, c); });
        } catch (const std::exception&) {
            // No memory, or the system has no more places to wait for sockets.
            if (connection == nullptr) ::close(in);
            return Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a connection"};
        }
    };
    const auto started = start();
    if (started) return;
    refuse(peer, started.error().what);
    if (connection != nullptr) connection->abandon();
    on_end(loop, connection);
}

void ServerImpl::on_end(EventLoop& loop, const std::shared_ptr<Connection>& connection) {
    loop.remove(connection);
    if (one_connection_) stop();
}

Result<void> ServerImpl::serve_fds(int in, int out) {
    one_connection_ = true;
    EventLoop& loop = *loops_[0];
    asio::post(loop.io(), [this, &loop, in, out] {
        const Peer peer{"stdio", 0, ++numbers_};
        auto place = admission_.admit(peer.address, std::chrono::steady_clock::now());
        begin(loop, std::move(*std::get_if<0>(&place)), peer, in, out);
    });
    return {};
}

void ServerImpl::run() {
    std::vector<std::thread> threads;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
    for (auto& loop : loops_) guards.push_back(asio::make_work_guard(loop->io()));
    for (std::size_t i = 1; i < loops_.size(); ++i)
        threads.emplace_back([this, i] { loops_[i]->io().run(); });
    loops_[0]->io().run();
    for (auto& thread : threads) thread.join();
}

void ServerImpl::close_listeners() {
    if (draining_.exchange(true)) return;
    loops_[0]->post([this] {
        for (auto& listener : listeners_) {
            asio::error_code ignored;
            listener->acceptor.close(ignored);
            listener->pause.cancel();
        }
    });
}

void ServerImpl::drain(std::chrono::milliseconds time) {
    if (draining_) return;
    close_listeners();
    const Instant until = std::chrono::steady_clock::now() + time;
    for (auto& loop : loops_) loop->post([this, &loop = *loop, until] { drain_loop(loop, until); });
}

/// Looks again and again, until there is no connection left or the time is over.
void ServerImpl::drain_loop(EventLoop& loop, Instant until) {
    if (stopping_) return;
    const Instant now = std::chrono::steady_clock::now();
    // stop() may end a connection at once, which changes the set.
    const auto open = loop.connections();
    for (const auto& connection : open)
        if (!connection->in_use()) connection->stop();
    if (loop.connections().empty() || now >= until) return close_loop(loop);
    auto timer = std::make_shared<asio::steady_timer>(loop.io());
    timer->expires_at(std::min(now + kDrainInterval, until));
    timer->async_wait([this, &loop, until, timer](const asio::error_code& error) {
        if (!error) drain_loop(loop, until);
    });
}

void ServerImpl::stop() {
    if (stopping_.exchange(true)) return;
    close_listeners();
    for (auto& loop : loops_) loop->post([this, &loop = *loop] { close_loop(loop); });
}

void ServerImpl::close_loop(EventLoop& loop) {
    // stop() may end a connection at once, which changes the set.
    const auto open = loop.connections();
    for (const auto& connection : open) connection->stop();
    auto timer = std::make_shared<asio::steady_timer>(loop.io());
    auto until = std::chrono::steady_clock::now() + config_.stop_timeout;
    // Looks again until all are gone or the time is over, then ends the loop.
    auto look = std::make_shared<std::function<void()>>();
    *look = [&loop, timer, until, look] {
        if (loop.connections().empty() || std::chrono::steady_clock::now() >= until) {
            loop.io().stop();
            *look = nullptr;
            return;
        }
        timer->expires_after(std::chrono::milliseconds(5));
        timer->async_wait([look](const asio::error_code&) {
            if (auto again = *look) again();
        });
    };
    if (auto first = *look) first();
}

}  // namespace

EventLoop::~EventLoop() {
    // Handlers that wait hold their connections: they run now, aborted, while executor and pools
    // are still there for what the sessions give back.
    const auto open = std::move(connections_);
    for (const auto& connection : open) connection->abandon();
    io_.restart();
    io_.poll();
}

Result<std::unique_ptr<Server>> make_server(Config config) {
    const auto misuse = [](const char* what) {
        return Error{Errc::local_misuse, Disconnect::none, 0, what};
    };
    if (!config.service) return misuse("a server needs a service");
    if (config.transport.host_keys.empty()) return misuse("a server needs a host key");
    const Provider& provider = config.provider != nullptr ? *config.provider : botan_provider();
    if (config.connection.host_keys.empty())
        config.connection.host_keys = config.transport.host_keys;
    return std::unique_ptr<Server>(std::make_unique<ServerImpl>(std::move(config), provider));
}

}  // namespace nacre::server
