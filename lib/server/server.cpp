#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/event_loop.hpp"
#include "server/listener.hpp"

#include <nacre/base/if_memory.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/server/server.hpp>

#include <asio/executor_work_guard.hpp>

#include <netinet/tcp.h>

#include <atomic>
#include <exception>
#include <system_error>
#include <thread>

namespace nacre::server {

namespace {

using detail::OwnedFd;

class ServerImpl final : public Server {
  public:
    ServerImpl(Config config, const Provider& provider)
        : config_(std::move(config)),
          provider_(provider),
          transport_(std::make_shared<const TransportConfig>(config_.transport)),
          workers_(config_.workers, config_.max_workers),
          login_workers_(config_.login_workers),
          admission_(config_.limits) {
        ending_.stop_timeout = config_.stop_timeout;
        const unsigned threads = std::max(config_.threads, 1U);
        for (unsigned i = 0; i < threads; ++i)
            loops_.push_back(
                std::make_unique<EventLoop>(workers_, login_workers_, ending_,
                                            (config_.limits.memory + threads - 1) / threads));
    }
    Result<std::uint16_t> listen(const std::string& address, std::uint16_t port) override;
    Result<void> serve_fds(int in, int out) override;
    void run() override;
    void drain(std::chrono::milliseconds time) noexcept override;
    void stop() noexcept override;
    std::size_t connections() const noexcept override { return admission_.connections(); }

  private:
    void accepted(OwnedFd fd, const asio::ip::tcp::endpoint& remote);
    void refuse(const Peer& peer, const char* reason) noexcept;
    void begin(EventLoop& loop, std::shared_ptr<Admission::Place> place, const Peer& peer,
               OwnedFd in, OwnedFd out);
    void on_end();

    const Config config_;
    const Provider& provider_;
    const std::shared_ptr<const TransportConfig> transport_;
    fs::WorkerPool workers_;
    fs::WorkerPool login_workers_;
    Admission admission_;
    Ending ending_;
    std::atomic<std::uint64_t> numbers_{0};
    std::size_t next_loop_ = 0;
    std::size_t serving_ = 1;  ///< loops that have a thread, the first ones
    bool one_connection_ = false;
    std::vector<std::unique_ptr<EventLoop>>
        loops_;  ///< last: handlers that wait there use the rest
};

Result<std::uint16_t> ServerImpl::listen(const std::string& address, std::uint16_t port) {
    NACRE_TRY(auto listener,
              Listener::open(loops_[0]->io(), address, port,
                             [this](OwnedFd fd, const asio::ip::tcp::endpoint& remote) {
                                 accepted(std::move(fd), remote);
                             }));
    const std::uint16_t bound = listener->port();
    loops_[0]->add(std::move(listener));
    return bound;
}

void ServerImpl::accepted(OwnedFd fd, const asio::ip::tcp::endpoint& remote) {
    if (ending_.draining) return;
    Peer peer{remote.address().to_string(), remote.port(), ++numbers_};
    auto admitted = admission_.admit(peer.address, std::chrono::steady_clock::now());
    if (const char* const* reason = std::get_if<const char*>(&admitted)) {
        refuse(peer, *reason);
        return;
    }
    auto place = std::move(*std::get_if<0>(&admitted));
    const int no_delay = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
    EventLoop& loop = *loops_[next_loop_++ % serving_];
    if (serving_ == 1) return begin(loop, std::move(place), peer, std::move(fd), {});
    asio::post(loop.io(),
               [this, &loop, place = std::move(place), peer, fd = std::move(fd)]() mutable {
                   begin(loop, std::move(place), peer, std::move(fd), {});
               });
}

/// Without memory to tell it nobody is told.
void ServerImpl::refuse(const Peer& peer, const char* reason) noexcept {
    if_memory([&] {
        if (config_.on_refused) config_.on_refused(peer, reason);
    });
}

void ServerImpl::begin(EventLoop& loop, std::shared_ptr<Admission::Place> place, const Peer& peer,
                       OwnedFd in, OwnedFd out) {
    if (loop.over()) return;
    if (ending_.draining) return on_end();
    if (loop.short_of_memory() && !one_connection_)
        return refuse(peer, "the memory for packets is used up");
    std::shared_ptr<Connection> connection;
    const auto start = [&]() -> Result<void> {
        try {
            connection = std::make_shared<Connection>(loop, std::move(place), peer);
            return connection->start(std::move(in), std::move(out), config_, provider_, transport_,
                                     [this] { on_end(); });
        } catch (const std::exception&) {
            // No memory, or the system has no more places to wait for sockets.
            return Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a connection"};
        }
    };
    const auto started = start();
    if (started) return;
    refuse(peer, started.error().what);
    if (connection != nullptr) connection->abandon();
    on_end();
}

void ServerImpl::on_end() {
    if (one_connection_) stop();
}

Result<void> ServerImpl::serve_fds(int in, int out) {
    one_connection_ = true;
    EventLoop& loop = *loops_[0];
    OwnedFd first(in);
    OwnedFd second(in == out ? -1 : out);
    asio::post(loop.io(), [this, &loop, in = std::move(first), out = std::move(second)]() mutable {
        const Peer peer{"stdio", 0, ++numbers_};
        auto place = admission_.admit(peer.address, std::chrono::steady_clock::now());
        begin(loop, std::move(*std::get_if<0>(&place)), peer, std::move(in), std::move(out));
    });
    return {};
}

void ServerImpl::run() {
    std::vector<std::thread> threads;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
    for (auto& loop : loops_) guards.push_back(asio::make_work_guard(loop->io()));
    threads.reserve(loops_.size());
    try {
        for (; serving_ < loops_.size(); ++serving_)
            threads.emplace_back([&loop = *loops_[serving_]] { loop.run(); });
    } catch (const std::system_error&) {
        // A limit of the system: those loops do without.
    }
    loops_[0]->run();
    for (auto& thread : threads) thread.join();
}

void ServerImpl::drain(std::chrono::milliseconds time) noexcept {
    if (ending_.draining) return;
    ending_.drained_by = std::chrono::steady_clock::now() + time;
    ending_.draining = true;
    for (auto& loop : loops_) loop->look_for_end();
}

void ServerImpl::stop() noexcept {
    ending_.stopping = ending_.draining = true;
    for (auto& loop : loops_) loop->look_for_end();
}

}  // namespace

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
