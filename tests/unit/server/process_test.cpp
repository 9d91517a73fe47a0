#include "server/event_loop.hpp"
#include "support/channel_port_spy.hpp"

#include <nacre/server/process.hpp>
#include <nacre/wire/message/connection.hpp>

#include <catch2/catch_all.hpp>

#include <signal.h>

#include <cerrno>

namespace nacre::server {
namespace {

using Events = std::vector<std::string>;

/// A process on a channel that a test looks at.
class Running {
  public:
    explicit Running(std::string command) {
        ::signal(SIGPIPE, SIG_IGN);
        ProcessConfig config;
        config.arguments = {"/bin/sh", "-c", std::move(command)};
        config.environment = {"PATH=/usr/bin:/bin", "NAME=value"};
        config.directory = "/";
        auto made = make_process(config, loop_);
        REQUIRE(made);
        sink_ = std::move(*made);
        sink_->on_open(port);
    }
    ~Running() { close(); }
    void close() {
        if (sink_ != nullptr) sink_->on_close(CloseReason::by_peer);
        sink_.reset();
    }
    ChannelSink& sink() { return *sink_; }
    void send(ByteView bytes) { sink_->on_data({bytes, {}}); }
    /// Runs the loop until `done` or, which fails the test, for a long time.
    template <class F>
    void until(F done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!done() && std::chrono::steady_clock::now() < end)
            loop_.io().run_one_for(std::chrono::seconds(1));
        REQUIRE(done());
    }
    void until_closed() {
        until([this] { return port.closed; });
    }
    /// Runs what is ready now.
    void poll() { loop_.io().poll(); }
    std::string output() const { return std::string(as_text(port.sent)); }

    test::ChannelPortSpy port;

  private:
    fs::WorkerPool workers_{1};
    const Ending ending_;
    EventLoop loop_{workers_, workers_, ending_};
    std::unique_ptr<ChannelSink> sink_;
};

TEST_CASE("output, errors and exit status of a process arrive") {
    Running process("echo out; echo err >&2; exit 7");
    process.until_closed();
    CHECK(process.output() == "out\n");
    CHECK(as_text(process.port.sent_error) == "err\n");
    CHECK(process.port.events == Events{"exit-status 7", "eof", "close"});
}

TEST_CASE("a process has the folder and the environment that it was given") {
    Running process("pwd; echo $NAME$HOME");
    process.until_closed();
    CHECK(process.output() == "/\nvalue\n");
}

TEST_CASE("a process that dies of a signal gives exit-signal") {
    Running process("kill -TERM $$");
    process.until_closed();
    CHECK(process.port.events == Events{"request exit-signal", "eof", "close"});
    const auto m = decode<msg::ExitSignal>(process.port.request_data);
    REQUIRE(m);
    CHECK(m->signal_name == "TERM");
}

TEST_CASE("a large input comes back whole, credited as it is taken") {
    Running process("cat");
    Bytes input(3'000'000);
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i * 7 >> 3);
    process.send(input);
    // The pipe holds less, so the peer may not send all of it again.
    CHECK(process.port.credited < input.size());
    process.sink().on_eof();
    process.until_closed();
    CHECK(process.port.credited == input.size());
    CHECK(same_bytes(process.port.sent, input));
    CHECK(process.port.events == Events{"exit-status 0", "eof", "close"});
}

TEST_CASE("input that a process does not want is thrown away") {
    Running process("exec <&-; echo closed");
    process.until([&] { return process.output() == "closed\n"; });
    const Bytes input(1'000'000);
    process.send(input);
    process.until_closed();
    CHECK(process.port.credited == input.size());
}

TEST_CASE("a process is not read while its output waits") {
    Running process("head -c 5000000 /dev/zero");
    process.port.window = 0;
    process.until([&] { return process.port.backlog() >= 1024 * 1024; });
    process.poll();
    CHECK(process.port.backlog() < 1024 * 1024 + 128 * 1024);
    CHECK_FALSE(process.port.closed);
    process.until([&] {
        process.port.grant(1024 * 1024);
        process.sink().on_writable();
        process.poll();
        return process.port.closed;
    });
    process.port.grant(8 * 1024 * 1024);
    CHECK(process.port.sent.size() == 5'000'000);
}

TEST_CASE("output may end before the process does") {
    Running process("exec >&- 2>&-; read line; exit 3");
    process.until([&] { return process.port.eof_sent; });
    CHECK_FALSE(process.port.closed);
    const Bytes line{'x', '\n'};
    process.send(line);
    process.until_closed();
    CHECK(process.port.events == Events{"eof", "exit-status 3", "close"});
}

TEST_CASE("signals reach the process") {
    Running process("trap 'exit 9' USR1; echo ready; while :; do read line; done");
    process.until([&] { return process.output() == "ready\n"; });
    Bytes data;
    Writer(data).string("USR1");
    std::optional<bool> answer;
    const auto take = [&](Result<bool>&& r) { answer = r && *r; };
    process.sink().on_request({"signal", true, data}, Reply<bool>::from(take));
    CHECK(answer == true);
    process.until_closed();
    CHECK(process.port.events == Events{"exit-status 9", "eof", "close"});

    data.clear();
    Writer(data).string("NONE");
    process.sink().on_request({"signal", true, data}, Reply<bool>::from(take));
    CHECK(answer == false);
}

TEST_CASE("a process whose channel closes gets SIGHUP") {
    // The other end of the FIFO is closed when the process has ended.
    Running watcher("p=/tmp/nacre-process-$$; mkfifo $p && echo $p && cat $p; rm $p");
    watcher.until([&] { return watcher.output().find('\n') != std::string::npos; });
    const std::string fifo = watcher.output().substr(0, watcher.output().find('\n'));
    Running process("trap 'echo hung up >&3; exit' HUP; exec 3>" + fifo +
                    "; sleep 60 3>&- & echo ready; wait");
    process.until([&] { return process.output() == "ready\n"; });
    process.close();
    watcher.until_closed();
    CHECK(watcher.output() == fifo + "\nhung up\n");
}

TEST_CASE("a program that is not there cannot be started") {
    fs::WorkerPool workers(1);
    const Ending ending;
    EventLoop loop(workers, workers, ending);
    const auto made = make_process({{"/nonexistent/program"}, {}, {}}, loop);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::local_failed);
    CHECK(made.error().detail == ENOENT);
}

}  // namespace
}  // namespace nacre::server
