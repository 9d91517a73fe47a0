// A server on loopback: what it sends first, whom it refuses, how it ends.
#include "support/socket_client.hpp"
#include "unit/server/running_server.hpp"

#include <nacre/server/posted.hpp>

#include <catch2/catch_all.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace nacre;
using namespace nacre::test;

TEST_CASE("a server says who it is, on every thread", "[server]") {
    server::Config config;
    config.threads = GENERATE(1U, 2U);
    Running running(std::move(config));
    for (int i = 0; i < 4; ++i) {
        Socket socket(running.port);
        REQUIRE(socket.connected());
        CHECK(socket.read().starts_with("SSH-2.0-Nacre_"));
    }
}

TEST_CASE("a connection that does not speak SSH is closed", "[server]") {
    Running running({});
    Socket socket(running.port);
    CHECK(socket.read().starts_with("SSH-2.0-"));
    socket.write("GET / HTTP/1.1\r\n\r\n");
    CHECK(socket.read().empty());
}

TEST_CASE("a connection whose peer has said good-bye is closed without waiting for it",
          "[server]") {
    Running running({});
    Socket socket(running.port);
    socket.write("SSH-2.0-leaves\r\n");
    // DISCONNECT by application, before keys are exchanged: 13 bytes, 6 of padding.
    socket.write(std::string("\0\0\0\x14\x06\x01\0\0\0\x0b\0\0\0\0\0\0\0\0", 18) +
                 std::string(6, '\0'));
    while (!socket.read().empty()) {
    }
    // The socket of the server is gone: it does not take, and throw away, what comes for a while.
    socket.write("more");
    CHECK(socket.reset());
}

TEST_CASE("connections beyond a limit are closed at once, with the reason", "[server]") {
    server::Config config;
    std::atomic<int> refused{0};
    config.on_refused = [&](const server::Peer& peer, const char* reason) {
        if (peer.address == "127.0.0.1" && reason != nullptr) ++refused;
    };
    SECTION("connections") {
        config.limits.max_connections = 2;
    }
    SECTION("connections that are not logged in") {
        config.limits.startups_begin = 2;
        config.limits.startups_full = 2;
    }
    SECTION("of one address") {
        config.limits.startups_per_source = 2;
    }
    Running running(std::move(config));
    Socket first(running.port), second(running.port);
    CHECK(first.read().starts_with("SSH-2.0-"));
    CHECK(second.read().starts_with("SSH-2.0-"));
    Socket third(running.port);
    CHECK(third.read().empty());
    CHECK(refused == 1);
    CHECK(running.server->connections() == 2);
}

TEST_CASE("a source that leaves without a login may have to wait", "[server][limits]") {
    server::Config config;
    std::atomic<int> refused{0};
    config.on_refused = [&](const server::Peer&, const char*) { ++refused; };
    // Longer than a busy machine takes to come back.
    config.limits.penalties.no_auth = config.limits.penalties.min = std::chrono::seconds(60);
    const bool exempt = GENERATE(true, false);
    if (!exempt) config.limits.penalties.exempt.clear();
    Running running(std::move(config));
    CHECK(Socket(running.port).read().starts_with("SSH-2.0-"));
    REQUIRE(running.comes_to(0));
    CHECK(Socket(running.port).read().empty() != exempt);
    CHECK(refused == (exempt ? 0 : 1));
}

TEST_CASE("without memory for packets sessions wait, and new ones are refused",
          "[server][limits]") {
    server::Config config;
    std::atomic<int> refused{0};
    config.on_refused = [&](const server::Peer&, const char*) { ++refused; };
    config.limits.memory = SlabPool::kSlabSize;
    Running running(std::move(config));
    auto holder = std::make_unique<Socket>(running.port);
    CHECK(holder->read().starts_with("SSH-2.0-"));
    Socket waiting(running.port);
    CHECK(waiting.read().starts_with("SSH-2.0-"));
    holder->write("SSH-2.0-a");  // the rest of the line never comes
    std::string late;
    do {
        late = Socket(running.port).read();
    } while (!late.empty());
    CHECK(refused == 1);
    waiting.write("nothing of SSH\r\n\r\n");
    CHECK(waiting.silent());
    holder.reset();
    CHECK(waiting.read().empty());
    CHECK(Socket(running.port).read().starts_with("SSH-2.0-"));
}

TEST_CASE("who leaves while waiting for the memory for packets is let go", "[server][limits]") {
    server::Config config;
    config.limits.memory = SlabPool::kSlabSize;
    Running running(std::move(config));
    Socket holder(running.port);
    CHECK(holder.read().starts_with("SSH-2.0-"));
    std::optional<Socket> waiting(std::in_place, running.port);
    CHECK(waiting->read().starts_with("SSH-2.0-"));
    holder.write("SSH-2.0-a");
    while (!Socket(running.port).read().empty()) {
    }
    waiting->write("SSH-2.0-b");
    CHECK(waiting->silent());
    waiting.reset();
    CHECK(running.comes_to(1));
}

TEST_CASE("a server may go at any time, with what waits there", "[server]") {
    server::Config config;
    config.threads = GENERATE(1U, 2U);
    config.transport.host_keys = {host_key("ssh-ed25519")};
    config.stop_timeout = std::chrono::milliseconds(0);
    int services = 0;
    config.service = [&](const server::Peer&, server::Loop&) {
        ++services;
        return server::Service{std::make_unique<OpenDoor>(), std::make_unique<EchoServer>(),
                               nullptr};
    };
    auto made = server::make_server(std::move(config));
    REQUIRE(made);
    auto server = std::move(*made);
    SECTION("before it ran") {
        REQUIRE(server->listen("127.0.0.1", 0));
        if (GENERATE(true, false)) server->stop();
    }
    SECTION("before its connection began") {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        REQUIRE(server->serve_fds(ends[0], ends[0]));
        if (GENERATE(true, false)) server->drain(std::chrono::seconds(1));
        server.reset();
        char byte = 0;
        CHECK(::read(ends[1], &byte, 1) == 0);
        ::close(ends[1]);
        CHECK(services == 0);
    }
    SECTION("when it was told twice to stop, with a connection that is left") {
        const auto port = server->listen("127.0.0.1", 0);
        REQUIRE(port);
        std::thread thread([&] { server->run(); });
        Socket socket(*port);
        CHECK(socket.read().starts_with("SSH-2.0-"));
        socket.write("SSH-2.0-a");
        server->stop();
        thread.join();
        server->stop();
        server.reset();
        CHECK(services == 1);
    }
}

TEST_CASE("a stopped server closes its connections and ends", "[server]") {
    Running running({});
    Socket socket(running.port);
    CHECK(socket.read().starts_with("SSH-2.0-"));
    running.stop();
    CHECK(socket.read().empty());
    CHECK(running.server->connections() == 0);
    CHECK_FALSE(Socket(running.port).connected());
}

namespace {

/// Opens channels that have something under way while `flag` is set.
class Busy final : public ConnectionHandler {
  public:
    explicit Busy(std::shared_ptr<std::atomic<bool>> flag) : flag_(std::move(flag)) {}
    void open_channel(const ChannelOpenRequest&,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        reply(std::unique_ptr<ChannelSink>(std::make_unique<Sink>(flag_)));
    }

  private:
    class Sink final : public EchoSink {
      public:
        explicit Sink(std::shared_ptr<std::atomic<bool>> flag) : flag_(std::move(flag)) {}
        bool busy() const noexcept override { return *flag_; }

      private:
        std::shared_ptr<std::atomic<bool>> flag_;
    };
    std::shared_ptr<std::atomic<bool>> flag_;
};

/// Every second connection is busy, the first one too.
struct Draining {
    Draining() {
        server::Config config;
        config.threads = GENERATE(1U, 2U);
        config.service = [this](const server::Peer& peer, server::Loop&) {
            auto flag = peer.number % 2 == 1 ? busy : std::make_shared<std::atomic<bool>>(false);
            return server::Service{std::make_unique<OpenDoor>(),
                                   std::make_unique<Busy>(std::move(flag)), nullptr};
        };
        running.emplace(std::move(config));
    }
    static bool ended(SocketClient& client) {
        static_cast<void>(client.until([&] { return client.session->finished(); }));
        const auto why = client.session->rx_commit(0, Instant{std::chrono::hours(1)});
        return !why && why.error().detail == static_cast<std::uint32_t>(Disconnect::by_application);
    }
    std::shared_ptr<std::atomic<bool>> busy = std::make_shared<std::atomic<bool>>(true);
    std::optional<Running> running;
};

}  // namespace

TEST_CASE("a server that drains ends what is idle, and what is busy when it is done", "[server]") {
    Draining test;
    Running& running = *test.running;
    SocketClient worker(running.port);
    REQUIRE(worker.log_in());
    SocketClient idle(running.port);
    REQUIRE(idle.log_in());
    Socket starting(running.port);
    CHECK(starting.read().starts_with("SSH-2.0-"));
    running.server->drain(std::chrono::hours(1));
    CHECK(starting.read().empty());
    CHECK_FALSE(Socket(running.port).connected());
    CHECK(Draining::ended(idle));
    // It has asked for nothing for longer than the one that is idle.
    worker.collected->send(Bytes(100, 1));
    CHECK(worker.until([&] { return worker.collected->bytes == 100; }));
    *test.busy = false;
    CHECK(Draining::ended(worker));
    running.thread.join();
    CHECK(running.server->connections() == 0);
}

TEST_CASE("the time of a drain is over", "[server]") {
    Draining test;
    Running& running = *test.running;
    SocketClient worker(running.port);
    REQUIRE(worker.log_in());
    SECTION("by itself") {
        running.server->drain(std::chrono::milliseconds(0));
    }
    SECTION("by stop()") {
        running.server->drain(std::chrono::hours(1));
        running.server->stop();
    }
    CHECK(Draining::ended(worker));
    running.thread.join();
    CHECK(running.server->connections() == 0);
}

TEST_CASE("a posted reply answers, or drops, on the session's thread", "[server]") {
    struct FakeLoop final : server::Loop {
        void post(std::function<void()> work) override { queued.push_back(std::move(work)); }
        Executor& files() noexcept override { return inline_executor(); }
        Executor& logins() noexcept override { return inline_executor(); }
        std::vector<std::function<void()>> queued;
    };
    FakeLoop loop;
    std::vector<std::string> seen;
    const auto reply = [&] {
        return Reply<int>::from([&](Result<int>&& answer) {
            seen.push_back(answer ? std::to_string(*answer) : answer.error().what);
        });
    };
    {
        server::Posted<int> posted(loop, reply());
        std::thread([moved = std::move(posted)]() mutable { moved(7); }).join();
        server::Posted<int> dropped(loop, reply());
    }
    CHECK(seen.empty());
    for (auto& work : loop.queued) work();
    CHECK(seen == std::vector<std::string>{"7", "dropped unanswered"});
}

TEST_CASE("a session that ended is closed even if its peer does not read", "[server]") {
    server::Config config;
    // The client may send all that it has before it reads.
    config.connection.initial_window = config.connection.max_window = 64 * 1024 * 1024;
    Running running(std::move(config));
    ConnectionConfig windows;
    windows.initial_window = windows.max_window = 64 * 1024 * 1024;
    SocketClient client(running.port, 4096, windows);
    REQUIRE(client.log_in());
    // The echo is more than all buffers between the two hold.
    constexpr std::size_t kEcho = 16 * 1024 * 1024;
    client.collected->send(Bytes(kEcho, 1));
    REQUIRE(client.flush());
    REQUIRE(client.session->bytes_out() > kEcho);
    CHECK(running.server->connections() == 1);
    // No packet, and more than the server reads at a time: the rest makes its end show here.
    client.send(Bytes(2 * 1024 * 1024, 0));
    CHECK(client.reset_by_peer());
    running.stop();
    CHECK(running.server->connections() == 0);
}

TEST_CASE("logins do not wait for work on files", "[server]") {
    struct Blocked final : Job {
        explicit Blocked(std::shared_future<void> f) : until(std::move(f)) {}
        void run() noexcept override { until.wait(); }
        void finish() noexcept override {}
        std::shared_future<void> until;
    };
    std::promise<void> gate;
    const std::shared_future<void> open = gate.get_future();
    server::Config config;
    config.workers = 2;
    config.service = [open](const server::Peer&, server::Loop& loop) {
        for (int i = 0; i < 4; ++i) loop.files().submit(std::make_unique<Blocked>(open));
        return server::Service{std::make_unique<OpenDoor>(), std::make_unique<EchoServer>(),
                               nullptr};
    };
    Running running(std::move(config));
    {
        SocketClient client(running.port);
        CHECK(client.log_in());
    }
    gate.set_value();
}

TEST_CASE("a server that cannot work is not made", "[server]") {
    server::Config config;
    CHECK_FALSE(server::make_server(config));
    config.service = [](const server::Peer&, server::Loop&) { return server::Service{}; };
    CHECK_FALSE(server::make_server(config));
    config.transport.host_keys = {host_key("ssh-ed25519")};
    auto made = server::make_server(config);
    REQUIRE(made);
    CHECK_FALSE((*made)->listen("not an address", 0));
}
