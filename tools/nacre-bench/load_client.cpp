#include "load_client.hpp"

#include "../session_socket.hpp"
#include "key_login.hpp"

#include <nacre/session/sftp_client.hpp>

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

namespace nacre::bench {

namespace {

/// Events in one call of epoll_wait.
constexpr std::size_t kEvents = 256;

Instant clock_now() noexcept {
    return std::chrono::steady_clock::now();
}

bool would_block() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

Error system_error(const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno), what};
}

}  // namespace

class LoadLoop::Observer final : public SessionObserver {
  public:
    explicit Observer(const char*& why) : why_(why) {}
    void on_close(const SessionInfo&, const CloseInfo& info) override { why_ = info.error.what; }

  private:
    const char*& why_;
};

// ---- one connection ----------------------------------------------------------------------------

void LoadConnection::drop() {
    session_.reset();
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

void LoadConnection::receive() {
    const ByteSpan space = session_->rx_space(1);
    if (space.empty()) return;
    const ssize_t n = ::read(socket_, space.data(), space.size());
    if (n < 0 && (errno == EINTR || would_block())) return;
    if (n <= 0) {
        session_->rx_eof(clock_now());
    } else {
        static_cast<void>(session_->rx_commit(static_cast<std::size_t>(n), clock_now()));
    }
}

void LoadConnection::flush() {
    if (lost_) return;
    const tools::Sent sent = tools::send_waiting(*session_, socket_);
    blocked_ = sent == tools::Sent::blocked;
    if (sent != tools::Sent::lost) return;
    lost_ = true;
    session_->rx_eof(clock_now());
}

// ---- the loop ----------------------------------------------------------------------------------

LoadLoop::LoadLoop(const Target& target, const Provider& provider)
    : target_(target), provider_(provider), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

LoadLoop::~LoadLoop() {
    for (auto& connection : connections_) connection->drop();
    if (epoll_ >= 0) ::close(epoll_);
}

Result<std::shared_ptr<LoadConnection>> LoadLoop::connect(Reply<void> ready) {
    auto connection = std::make_shared<LoadConnection>();
    const int fd = ::socket(target_.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return system_error("no socket");
    connection->socket_ = fd;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&target_.address), target_.address_size) !=
        0)
        return system_error("cannot connect");
    tools::prepare_socket(fd);
    LoadConnection* const raw = connection.get();
    epoll_event event{};
    event.data.ptr = raw;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return system_error("epoll");

    sftp::ClientConfig sftp;
    sftp.max_version = target_.sftp_version;
    auto channel = sftp::make_client(std::move(sftp), std::move(ready));
    connection->client_ = channel.client;
    AuthClientConfig auth;
    auth.user = target_.user;
    auth.order = {AuthMethod::publickey};
    SessionParts parts;
    parts.role = Role::client;
    parts.config = target_.transport;
    parts.resources = {&provider_, &system_rng(), &inline_executor(), &frames_, &slabs_};
    parts.auth = make_auth_client(auth, std::make_unique<KeyLogin>(target_.key));
    parts.connection =
        make_connection_layer(target_.connection, make_sftp_client_handler(std::move(channel)));
    parts.observer = std::make_shared<Observer>(latest_end_);
    parts.now = clock_now();
    NACRE_TRY(connection->session_, make_session(std::move(parts)));
    connection->session_->on_output([this, raw] { woken_.push_back(raw); });
    connections_.push_back(connection);
    woken_.push_back(raw);
    return connection;
}

Result<std::vector<std::shared_ptr<LoadConnection>>> LoadLoop::connect_all(std::size_t count,
                                                                           std::size_t at_once) {
    struct Progress {
        std::size_t ready = 0;
        std::optional<Error> error;
    };
    const auto progress = std::make_shared<Progress>();
    std::vector<std::shared_ptr<LoadConnection>> all;
    while (progress->ready < count && !progress->error) {
        while (all.size() < count && all.size() - progress->ready < at_once) {
            auto made = connect(Reply<void>::from([progress](Result<void>&& ready) {
                if (ready) {
                    ++progress->ready;
                } else if (!progress->error) {
                    progress->error = ready.error();
                }
            }));
            if (!made) return made.error();
            all.push_back(std::move(*made));
        }
        const std::size_t before = progress->ready;
        run_until([&] { return progress->error || progress->ready != before; });
        if (progress->ready == before && !progress->error)
            progress->error = Error{Errc::closed, Disconnect::none, 0, "no connection is left"};
    }
    if (progress->error) return *progress->error;
    return all;
}

void LoadLoop::close(LoadConnection& connection) {
    if (connection.gone()) return;
    connection.session_->close(Disconnect::by_application, "done");
    woken_.push_back(&connection);
}

void LoadLoop::cut(LoadConnection& connection) {
    connection.drop();
    some_gone_ = true;
}

void LoadLoop::close_all() {
    for (auto& connection : connections_) close(*connection);
    run_until([this] { return connections_.empty(); }, clock_now() + kCloseTime);
}

bool LoadLoop::run_until(const std::function<bool()>& done, std::optional<Instant> end) {
    std::array<epoll_event, kEvents> events{};
    while (true) {
        pump_woken();
        sweep();
        if (done()) return true;
        const Instant now = clock_now();
        if (connections_.empty() || (end && now >= *end)) return false;
        if (now >= next_check_) check_deadlines();
        const Instant wake = end ? std::min(next_check_, *end) : next_check_;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - now).count();
        const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                       woken_.empty() ? static_cast<int>(left) : 0);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            handle(*static_cast<LoadConnection*>(event.data.ptr), event.events);
        }
    }
}

void LoadLoop::run_for(Duration time) {
    const Instant end = clock_now() + time;
    run_until([] { return false; }, end);
    std::this_thread::sleep_until(end);
}

void LoadLoop::handle(LoadConnection& connection, std::uint32_t events) {
    if (connection.gone()) return;
    if ((events & EPOLLIN) != 0) {
        connection.receive();
    } else if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        connection.lost_ = true;
        connection.session_->rx_eof(clock_now());
    }
    settle(connection);
}

void LoadLoop::pump_woken() {
    // Pumping may wake others, and the same again.
    const auto now_woken = std::exchange(woken_, {});
    for (LoadConnection* connection : now_woken) {
        if (connection->gone()) continue;
        static_cast<void>(connection->session_->rx_commit(0, clock_now()));
        settle(*connection);
    }
}

/// After anything happened in a session: sends, and lets go of it when it is over.
void LoadLoop::settle(LoadConnection& connection) {
    connection.flush();
    if (!connection.session_->finished() || (connection.blocked_ && !connection.lost_))
        return watch(connection);
    connection.drop();
    some_gone_ = true;
}

void LoadLoop::watch(LoadConnection& connection) {
    const std::uint32_t wanted = (connection.session_->rx_wanted() ? std::uint32_t{EPOLLIN} : 0U) |
                                 (connection.blocked_ ? std::uint32_t{EPOLLOUT} : 0U);
    if (wanted == connection.watched_) return;
    connection.watched_ = wanted;
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = &connection;
    static_cast<void>(::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket_, &event));
}

void LoadLoop::check_deadlines() {
    const Instant now = clock_now();
    next_check_ = now + kCheckInterval;
    for (auto& connection : connections_) {
        if (connection->gone()) continue;
        const auto due = connection->session_->deadline();
        if (!due || *due > now) continue;
        static_cast<void>(connection->session_->on_deadline(now));
        settle(*connection);
    }
}

void LoadLoop::sweep() {
    if (!some_gone_) return;
    some_gone_ = false;
    std::erase_if(woken_, [](const LoadConnection* connection) { return connection->gone(); });
    std::erase_if(connections_, [](const auto& connection) { return connection->gone(); });
}

void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace nacre::bench
