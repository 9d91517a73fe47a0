// Quick clients for tests of what a server does with many:
//   many-sessions connect PORT USER KEY STAGE COUNT   one after the other, each away at its STAGE
//                                                     (STAGE "held": they stay; prints how many)
//   many-sessions transfer PORT USER KEY COUNT BYTES  at the same time, each up and down again
// The second prints how many were whole, were turned away, or got something wrong.
#include <nacre/crypto/botan.hpp>
#include <nacre/session/session.hpp>
#include <nacre/session/sftp_client.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nacre-bench/key_login.hpp>
#include <nacre-bench/load_target.hpp>
#include <thread>

namespace nacre {
namespace {

/// Long enough for a busy machine; nothing waits for it when all is well.
constexpr int kPatience = 30000;
constexpr std::size_t kBlock = 32 * 1024;
/// Longer than an identification, shorter than that and a KEXINIT.
constexpr std::size_t kIdentification = 255;

/// A connection that blocks, and the session on it.
class Link {
  public:
    explicit Link(const bench::Target& target) : target_(target) {
        fd_ = ::socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&target.address),
                               target.address_size) == 0;
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() {
        client_.reset();
        session_.reset();
        ::close(fd_);
    }

    bool connected() const noexcept { return connected_; }
    /// The server is told by a reset, not by an end.
    void reset_at_end() noexcept {
        const linger at_once{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    bool send(std::string_view text) noexcept {
        return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }
    /// Receives so many bytes and throws them away.
    bool skip(std::size_t bytes) {
        std::array<char, 4096> scrap{};
        while (bytes != 0) {
            const ssize_t n = readable() ? ::recv(fd_, scrap.data(), scrap.size(), 0) : -1;
            if (n <= 0) return false;
            bytes -= std::min(bytes, static_cast<std::size_t>(n));
        }
        return true;
    }

    bool begin() {
        auto channel = sftp::make_client({}, Reply<void>::from([this](Result<void>&& answer) {
                                             ready_ = static_cast<bool>(answer);
                                         }));
        client_ = channel.client;
        AuthClientConfig auth;
        auth.user = target_.user;
        auth.order = {AuthMethod::publickey};
        SessionParts parts;
        parts.role = Role::client;
        parts.config = target_.transport;
        parts.resources = {&botan_provider(), &system_rng(), &inline_executor(), &frames_, &slabs_};
        parts.auth = make_auth_client(auth, std::make_unique<bench::KeyLogin>(target_.key));
        parts.connection =
            make_connection_layer(target_.connection, make_sftp_client_handler(std::move(channel)));
        parts.now = std::chrono::steady_clock::now();
        auto made = make_session(std::move(parts));
        if (!made) return false;
        session_ = std::move(*made);
        session_->on_output([this] { woken_ = true; });
        return true;
    }
    /// Sends and receives until `done()`; false when the end or nothing came instead.
    template <class F>
    bool until(F done) {
        while (!done()) {
            if (!flush()) return false;
            if (done()) return true;
            if (session_->finished() || !readable()) return false;
            const ByteSpan space = session_->rx_space(1);
            const ssize_t n = ::recv(fd_, space.data(), space.size(), 0);
            if (n <= 0) return false;
            static_cast<void>(session_->rx_commit(static_cast<std::size_t>(n), now()));
        }
        return true;
    }
    bool flush() {
        std::array<ConstBuf, 1> slice{};
        do {
            if (std::exchange(woken_, false)) static_cast<void>(session_->rx_commit(0, now()));
            while (session_->tx_slices(slice) != 0) {
                const ssize_t n = ::send(fd_, slice[0].data, slice[0].size, MSG_NOSIGNAL);
                if (n < 0) return false;
                session_->tx_consumed(static_cast<std::size_t>(n));
            }
        } while (woken_);
        return true;
    }
    /// Sends all but the last byte of what the session has to send.
    bool hold_back() {
        if (std::exchange(woken_, false)) static_cast<void>(session_->rx_commit(0, now()));
        std::string all;
        std::array<ConstBuf, 1> slice{};
        while (session_->tx_slices(slice) != 0) {
            all.append(reinterpret_cast<const char*>(slice[0].data), slice[0].size);
            session_->tx_consumed(slice[0].size);
        }
        if (!all.empty()) all.pop_back();
        return !all.empty() && send(all);
    }
    void wake() noexcept { woken_ = true; }
    /// Until the answer of what `ask(reply)` begins.
    template <class T, class F>
    std::optional<Result<T>> answer(F ask) {
        auto got = std::make_shared<std::optional<Result<T>>>();
        ask(Reply<T>::from([got](Result<T>&& result) { got->emplace(std::move(result)); }));
        woken_ = true;
        if (!until([&] { return got->has_value(); })) return {};
        return std::move(*got);
    }

    const SessionInfo& info() const noexcept { return session_->info(); }
    Session& session() noexcept { return *session_; }
    sftp::Client& client() noexcept { return *client_; }
    bool ready() const noexcept { return ready_; }

  private:
    static Instant now() { return std::chrono::steady_clock::now(); }
    bool readable() const {
        pollfd waiting{fd_, POLLIN, 0};
        return ::poll(&waiting, 1, kPatience) == 1;
    }

    const bench::Target& target_;
    int fd_ = -1;
    bool connected_ = false;
    bool woken_ = false;
    bool ready_ = false;
    FramePool frames_;
    SlabPool slabs_;
    std::unique_ptr<Session> session_;
    std::shared_ptr<sftp::Client> client_;
};

/// Whether the connection got to `stage`.
bool visit(const bench::Target& target, std::string_view stage, bool reset) {
    Link link(target);
    if (!link.connected()) return false;
    if (reset) link.reset_at_end();
    if (stage == "tcp") return true;
    if (stage == "version") return link.send("SSH-2.0-visitor\r\n") && link.skip(1);
    if (!link.begin()) return false;
    if (stage == "kexinit") return link.flush() && link.skip(kIdentification + 1);
    if (stage == "kex") return link.until([&] { return link.info().key_exchanges != 0; });
    if (stage == "failure") {
        static_cast<void>(link.until([] { return false; }));
        return link.session().finished() && !link.info().authenticated;
    }
    if (!link.until([&] { return link.ready(); })) return false;
    if (!reset) link.session().close(Disconnect::by_application, "done");
    return link.flush();
}

enum class Outcome : std::uint8_t { whole, turned_away, wrong };

/// A server that cannot says so (SSH_FX_FAILURE), or ends the session.
template <class T>
std::optional<Outcome> error_of(Link& link, const std::optional<Result<T>>& answer) {
    if (!answer || (!*answer && link.session().finished())) return Outcome::turned_away;
    if (*answer) return {};
    const bool cannot = sftp::status_of(answer->error()) == sftp::Status::failure;
    return cannot ? Outcome::turned_away : Outcome::wrong;
}

std::uint8_t pattern(std::size_t number, std::size_t at) noexcept {
    return static_cast<std::uint8_t>(number * 31 + at / 7 + at / kBlock);
}

/// Uploads and downloads a file of its own.
Outcome transfer(const bench::Target& target, std::size_t number, std::size_t size) {
    Link link(target);
    if (!link.connected() || !link.begin() || !link.until([&] { return link.ready(); }))
        return Outcome::turned_away;
    sftp::OpenFlags flags;
    flags.read = flags.write = flags.create = flags.truncate = true;
    const std::string name = "many" + std::to_string(number);
    const auto opened = link.answer<sftp::RemoteHandle>(
        [&](auto reply) { link.client().open(name, flags, {}, std::move(reply)); });
    if (const auto error = error_of(link, opened)) return *error;
    const sftp::RemoteHandle& handle = **opened;
    Bytes block(kBlock);
    for (std::size_t at = 0; at < size; at += kBlock) {
        for (std::size_t i = 0; i < kBlock; ++i) block[i] = pattern(number, at + i);
        const auto written = link.answer<void>(
            [&](auto reply) { link.client().write(handle, at, block, std::move(reply)); });
        if (const auto error = error_of(link, written)) return *error;
    }
    for (std::size_t at = 0; at < size; at += kBlock) {
        const auto read = link.answer<sftp::RemoteData>(
            [&](auto reply) { link.client().read(handle, at, kBlock, std::move(reply)); });
        if (const auto error = error_of(link, read)) return *error;
        if ((*read)->size != kBlock) return Outcome::wrong;
        std::size_t i = at;
        for (const auto& piece : (*read)->pieces)
            for (const auto byte : piece.bytes)
                if (byte != pattern(number, i++)) return Outcome::wrong;
    }
    const auto closed = link.answer<void>(
        [&](auto reply) { link.client().close_handle(handle, std::move(reply)); });
    return error_of(link, closed).value_or(Outcome::whole);
}

/// Sessions, one after the other, that leave a packet unfinished and stay: how many were let in.
int holders(const bench::Target& target, std::size_t count) {
    std::vector<std::unique_ptr<Link>> links;
    while (links.size() < count) {
        auto link = std::make_unique<Link>(target);
        if (!link->connected() || !link->begin() || !link->until([&] { return link->ready(); }))
            break;
        link->client().stat("/", sftp::Follow::yes,
                            Reply<sftp::Attrs>::from([](Result<sftp::Attrs>&&) {}));
        link->wake();
        if (!link->hold_back()) break;
        links.push_back(std::move(link));
    }
    std::printf("%zu\n", links.size());
    return 0;
}

int transfers(const bench::Target& target, std::size_t count, std::size_t size) {
    std::array<std::atomic<unsigned>, 3> outcomes{};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.emplace_back(
            [&, i] { ++outcomes[static_cast<std::size_t>(transfer(target, i, size))]; });
    for (auto& thread : threads) thread.join();
    std::printf("%u %u %u\n", outcomes[0].load(), outcomes[1].load(), outcomes[2].load());
    return 0;
}

int fail(const char* what) {
    std::fprintf(stderr, "many-sessions: %s\n", what);
    return 1;
}

int run(int argc, char** argv) {
    if (argc != 7) return fail("six words are needed");
    bench::LoadOptions options;
    options.host = "127.0.0.1";
    options.port = static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10));
    options.user = argv[3];
    options.key_file = argv[4];
    const auto target = bench::make_target(options, botan_provider());
    if (!target) return fail(target.error().what);
    if (std::strcmp(argv[1], "transfer") == 0)
        return transfers(*target, std::strtoul(argv[5], nullptr, 10),
                         std::strtoul(argv[6], nullptr, 10));
    const unsigned long count = std::strtoul(argv[6], nullptr, 10);
    if (std::strcmp(argv[5], "held") == 0) return holders(*target, count);
    for (unsigned long i = 0; i < count; ++i)
        if (!visit(*target, argv[5], i % 2 != 0)) return fail("a connection did not get there");
    return 0;
}

}  // namespace
}  // namespace nacre

int main(int argc, char** argv) {
    return nacre::run(argc, argv);
}
