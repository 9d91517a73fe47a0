#include "server/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace nacre::server {

namespace {

static_assert(sizeof(ConstBuf) == sizeof(iovec) &&
              offsetof(ConstBuf, size) == offsetof(iovec, iov_len));

/// Slices in one call of sendmsg.
constexpr std::size_t kSlices = 64;
/// Received in one turn before other connections have theirs.
constexpr std::size_t kReceivePerTurn = 1024 * 1024;
/// After the end the peer may still be sending; closing at once would reset the connection and
/// destroy our last message in flight. So much is read and thrown away, and for so long.
constexpr std::size_t kDrain = 256 * 1024;
constexpr auto kLinger = std::chrono::seconds(2);
/// A client that is not done asks again within this time: for the next file of many, too.
constexpr auto kPauseInUse = std::chrono::seconds(1);
/// Between two looks whether those that hold all memory that is for packets have less.
constexpr auto kMemoryPause = std::chrono::milliseconds(20);
/// The same after finding no memory of the system.
constexpr auto kShortagePause = std::chrono::milliseconds(5);
/// Nobody says when the system has memory again, and each that waits for some has some. So after
/// this time one gives its own to the others.
constexpr auto kMemoryPatience = std::chrono::seconds(10);
/// The same when nobody finds any.
constexpr auto kFamine = std::chrono::seconds(1);

bool is_socket(int fd) noexcept {
    struct stat st {};
    return ::fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/// Whether nothing will come behind what has.
bool has_left(int fd) noexcept {
    pollfd end{fd, POLLRDHUP, 0};
    return ::poll(&end, 1, 0) == 1;
}

/// Takes a descriptor over, unless there is an error.
void take(asio::posix::stream_descriptor& descriptor, detail::OwnedFd fd, asio::error_code& error) {
    if (!error) descriptor.assign(fd.get(), error);
    if (error) return;
    fd.release();
    descriptor.native_non_blocking(true, error);
}

/// How a session ended that has.
Result<void> outcome(Session& session) {
    return session.rx_commit(0, std::chrono::steady_clock::now());
}

/// Whether the peer ended it: with DISCONNECT, or as it sends nothing more. Nothing of ours is of
/// use to it then.
bool ended_by_peer(Session& session) {
    const auto end = outcome(session);
    return !end && end.error().code == Errc::closed && end.error().disconnect == Disconnect::none;
}

/// What a session that ended before the login is held against its source for, if anything.
std::optional<Offence> offence(Session& session, const LoginWatch& watch) {
    Errc why = Errc::closed;
    if (session.finished()) {
        if (const auto end = outcome(session); !end) why = end.error().code;
    }
    if (why == Errc::internal) return Offence::crash;
    if (why == Errc::timed_out) return Offence::grace_exceeded;
    if (watch.unknown_user) return Offence::invalid_user;
    if (watch.failed) return Offence::auth_fail;
    if (why == Errc::out_of_memory) return {};
    return Offence::no_auth;
}

}  // namespace

/// What is submitted while it lives is the connection's.
class Connection::InLane {
  public:
    explicit InLane(Connection& connection)
        : loop_(connection.loop_),
          file_lane_(loop_.file_workers().enter(connection.file_lane_)),
          login_lane_(loop_.login_workers().enter(connection.login_lane_)) {}
    InLane(const InLane&) = delete;
    InLane& operator=(const InLane&) = delete;
    ~InLane() {
        loop_.file_workers().enter(std::move(file_lane_));
        loop_.login_workers().enter(std::move(login_lane_));
    }

  private:
    EventLoop& loop_;
    fs::WorkerLane file_lane_;
    fs::WorkerLane login_lane_;
};

/// What the loop calls. Whoever finds no memory there, for its timers and the like, is closed: what
/// it waited for may never come.
template <class F>
void Connection::guarded(F work) noexcept {
    try {
        work();
    } catch (const std::bad_alloc&) {
        in_turn_ = false;
        excuse();
        close();
    }
}

Connection::Connection(EventLoop& loop, std::shared_ptr<Admission::Place> place, const Peer& peer)
    : loop_(loop), place_(std::move(place)), peer_(peer), in_(loop.io()), timer_(loop.io()) {}

Connection::~Connection() {
    closed_ = true;
    leave();
    const InLane in_lane(*this);
    session_.reset();
    loop_.forget(*this);
}

Result<void> Connection::start(detail::OwnedFd in, detail::OwnedFd out, const Config& config,
                               const Provider& provider,
                               std::shared_ptr<const TransportConfig> transport, OnEnd on_end) {
    on_end_ = std::move(on_end);
    const auto self = shared_from_this();
    listed_ = loop_.add(self);
    const auto end = [weak = weak_from_this()] {
        if (const auto connection = weak.lock()) connection->close();
    };
    file_lane_ = loop_.file_workers().lane(end);
    login_lane_ = loop_.login_workers().lane(end);
    asio::error_code error;
    take(in_, std::move(in), error);
    if (out) take(out_.emplace(loop_.io()), std::move(out), error);
    if (error)
        return Error{Errc::local_failed, Disconnect::none,
                     static_cast<std::uint32_t>(error.value()), "cannot wait for the descriptor"};
    socket_ = is_socket(this->out().native_handle());
    Service service = config.service(peer_, loop_);
    if (service.auth == nullptr || service.connection == nullptr)
        return Error{Errc::local_misuse, Disconnect::none, 0, "no service for the connection"};
    SessionParts parts;
    parts.role = Role::server;
    parts.config = std::move(transport);
    parts.resources = loop_.resources(provider);
    parts.now = now();
    auto watch = std::make_unique<WatchedLogin>(std::move(service.auth));
    watch_ = watch->watch();
    parts.auth = make_auth_server(config.auth, std::move(watch), parts.now);
    parts.connection = make_connection_layer(config.connection, std::move(service.connection));
    parts.observer = std::move(service.observer);
    parts.number = peer_.number;
    NACRE_TRY(session_, make_session(std::move(parts)));
    // The connection outlives its session, so the bare pointer is safe here.
    session_->on_output([this] { on_woken(); });
    turn();
    return {};
}

void Connection::on_woken() noexcept {
    woken_ = true;
    // Inside a turn the loop there sees the flag; otherwise the answer came from outside.
    if (in_turn_ || closed_ || std::exchange(turn_comes_, true)) return;
    loop_.wake(*this);
}

void Connection::on_turn() noexcept {
    const auto self = shared_from_this();
    turn_comes_ = false;
    guarded([this] { turn(); });
}

void Connection::turn() {
    if (closed_ || lingering_) return;
    const InLane in_lane(*this);
    in_turn_ = true;
    bool blocked = false;
    for (;;) {
        if (woken_) {
            woken_ = false;
            static_cast<void>(session_->rx_commit(0, now()));
        }
        blocked = !flush();
        if (closed_ || blocked || !woken_) break;
    }
    in_turn_ = false;
    if (closed_) return;
    note_login();
    count_holding(!session_->info().authenticated && session_->rx_held() != 0);
    if (session_->finished()) {
        if (!blocked) return finish();
        // A peer that does not read must not keep what has ended.
        if (!std::exchange(ending_, true)) close_after_linger();
    }
    // Woken while the socket takes no more: what there is to do is done now, what it yields is sent
    // when the socket is writable.
    if (woken_) {
        woken_ = false;
        static_cast<void>(session_->rx_commit(0, now()));
    }
    if (blocked) wait_writable();
    if (session_->rx_wanted() && pause_ == nullptr) wait_readable();
    if (!ending_) arm_timer();
}

void Connection::note_login() {
    if (place_ != nullptr && session_->info().authenticated) place_->logged_in();
}

// At the end of the connection, not of the object, which handlers may keep a little longer.
void Connection::leave() {
    count_holding(false);
    blame();
    place_.reset();
}

/// It ends for want of memory, which is held against nobody; what was tried before is.
void Connection::excuse() noexcept {
    stopped_ = stopped_ || !(watch_->unknown_user || watch_->failed);
}

void Connection::blame() {
    if (place_ == nullptr || session_ == nullptr || stopped_) return;
    if (const auto by = offence(*session_, *watch_)) place_->offended(*by, now());
}

void Connection::wait_readable() {
    if (waiting_read_) return;
    waiting_read_ = true;
    in_.async_wait(asio::posix::stream_descriptor::wait_read,
                   [self = shared_from_this()](const asio::error_code& error) {
                       self->waiting_read_ = false;
                       if (self->closed_ || error) return;
                       self->guarded([&] { self->on_readable(); });
                   });
}

void Connection::wait_writable() {
    if (waiting_write_) return;
    waiting_write_ = true;
    out().async_wait(asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const asio::error_code& error) {
                         self->waiting_write_ = false;
                         if (self->closed_ || error) return;
                         self->guarded([&] { self->turn(); });
                     });
}

void Connection::on_readable() {
    if (lingering_) return drain();
    if (!may_receive()) return wait_for_memory(kMemoryPause);
    if (receive())
        starved_since_.reset();
    else
        starve();
    turn();
}

void Connection::starve() {
    const Instant at = now();
    if (!starved_since_) starved_since_ = at;
    const Instant since = std::max(*starved_since_, last_received_);
    const Instant famine_since = std::max(since, loop_.last_received);
    if ((at < famine_since + kFamine && at < since + kMemoryPatience) || !loop_.may_shed(at))
        return wait_for_memory(kShortagePause);
    excuse();
    session_->close(Disconnect::by_application, "no memory to receive into");
}

/// Who has memory goes on, as only that can end what it holds, and so does one whose peer has left;
/// others wait until there is memory again.
bool Connection::may_receive() noexcept {
    return session_->rx_held() != 0 || loop_.may_hold(session_->info().authenticated) ||
           has_left(in_.native_handle());
}

void Connection::wait_for_memory(std::chrono::milliseconds pause) {
    pause_ = std::make_unique<asio::steady_timer>(loop_.io(), pause);
    pause_->async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (error || self->closed_) return;
        self->pause_.reset();
        self->guarded([&] { self->on_readable(); });
    });
}

void Connection::count_holding(bool holding) noexcept {
    if (holding == std::exchange(holding_, holding)) return;
    if (holding)
        ++loop_.startups_holding;
    else
        --loop_.startups_holding;
}

/// False when there was no memory for it.
bool Connection::receive() {
    const InLane in_lane(*this);
    in_turn_ = true;
    bool memory = true;
    std::size_t left = kReceivePerTurn;
    while (left != 0 && session_->rx_wanted()) {
        const ByteSpan space = session_->rx_space(1);
        if (space.empty()) {
            memory = false;
            break;
        }
        const std::size_t want = std::min(space.size(), left);
        const ssize_t n = ::read(in_.native_handle(), space.data(), want);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            // Nothing came: the memory goes back.
            static_cast<void>(session_->rx_commit(0, now()));
            break;
        }
        if (n <= 0) {
            session_->rx_eof(now());
            break;
        }
        loop_.last_received = last_received_ = now();
        static_cast<void>(session_->rx_commit(static_cast<std::size_t>(n), last_received_));
        left -= static_cast<std::size_t>(n);
        // A short read says that the socket is empty.
        if (static_cast<std::size_t>(n) < want) break;
    }
    in_turn_ = false;
    return memory;
}

ssize_t Connection::send_slices(const ConstBuf* slices, std::size_t count) noexcept {
    auto* vector = const_cast<iovec*>(reinterpret_cast<const iovec*>(slices));
    if (!socket_) return ::writev(out().native_handle(), vector, static_cast<int>(count));
    msghdr message{};
    message.msg_iov = vector;
    message.msg_iovlen = count;
    return ::sendmsg(out().native_handle(), &message, MSG_NOSIGNAL);
}

bool Connection::flush() {
    std::array<ConstBuf, kSlices> slices{};
    while (const std::size_t count = session_->tx_slices(slices)) {
        std::size_t total = 0;
        for (std::size_t i = 0; i < count; ++i) total += slices[i].size;
        const ssize_t n = send_slices(slices.data(), count);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
            // The peer is gone: what is queued can never arrive.
            session_->rx_eof(now());
            close();
            return true;
        }
        session_->tx_consumed(static_cast<std::size_t>(n));
        if (static_cast<std::size_t>(n) < total) return false;
    }
    return true;
}

void Connection::arm_timer() {
    const auto at = session_->deadline();
    // A timer that is too early only asks once more; so it is moved only to an earlier time.
    if (!at || (armed_ && *armed_ <= *at)) return;
    armed_ = at;
    timer_.expires_at(*at);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (error || self->closed_) return;
        self->armed_.reset();
        // Another wait of this timer ends the rest.
        if (self->lingering_ || self->ending_) return;
        self->guarded([&] { self->on_timer(); });
    });
}

void Connection::on_timer() {
    const InLane in_lane(*this);
    in_turn_ = true;
    const auto due = session_->deadline();
    if (due && *due <= now()) static_cast<void>(session_->on_deadline(now()));
    in_turn_ = false;
    turn();
}

void Connection::stop() {
    if (closed_ || lingering_ || std::exchange(stopped_, true)) return;
    session_->close(Disconnect::by_application, "server is shutting down");
    guarded([this] { turn(); });
}

bool Connection::in_use() const noexcept {
    if (session_ == nullptr || !session_->info().authenticated || session_->finished())
        return false;
    return session_->busy() || waiting_write_ || now() < last_received_ + kPauseInUse;
}

void Connection::abandon() {
    on_end_ = nullptr;
    stopped_ = true;
    close();
}

void Connection::finish() {
    if (socket_ && !ended_by_peer(*session_))
        linger();
    else
        close();
}

void Connection::linger() {
    lingering_ = true;
    // What it had is of use to others now.
    blame();
    session_.reset();
    ::shutdown(out().native_handle(), SHUT_WR);
    close_after_linger();
    drain();
}

void Connection::close_after_linger() {
    timer_.expires_at(now() + kLinger);
    timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
        if (!error) self->close();
    });
}

void Connection::drain() {
    std::array<std::uint8_t, 16 * 1024> scrap{};
    for (;;) {
        const ssize_t n = ::read(in_.native_handle(), scrap.data(), scrap.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait_readable();
        if (n <= 0) return close();
        drained_ += static_cast<std::size_t>(n);
        if (drained_ > kDrain) return close();
    }
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    asio::error_code ignored;
    timer_.cancel();
    pause_.reset();
    in_.close(ignored);
    if (out_) out_->close(ignored);
    leave();
    if (listed_) loop_.remove(*std::exchange(listed_, std::nullopt));
    if (on_end_) on_end_();
}

}  // namespace nacre::server
