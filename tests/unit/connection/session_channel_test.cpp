#include "connection_spies.hpp"

#include <nacre/connection/session_channel.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

struct ProgramsRecord {
    bool hold = false;
    bool refuse = false;
    std::vector<std::string> started;
    SessionEnvironment environment;
    std::vector<Reply<SessionPrograms::Program>> held;
    std::vector<std::shared_ptr<SinkRecord>> programs;
    std::vector<std::string> variables;
    bool take_pty = true;
};

class ProgramsSpy final : public SessionPrograms {
  public:
    explicit ProgramsSpy(std::shared_ptr<ProgramsRecord> record) : record_(std::move(record)) {}
    void subsystem(std::string_view name, const SessionEnvironment& environment,
                   Reply<Program> reply) override {
        start("subsystem " + std::string(name), environment, std::move(reply));
    }
    void exec(std::string_view command, const SessionEnvironment& environment,
              Reply<Program> reply) override {
        start("exec " + std::string(command), environment, std::move(reply));
    }
    void shell(const SessionEnvironment& environment, Reply<Program> reply) override {
        start("shell", environment, std::move(reply));
    }
    bool env(std::string_view name, std::string_view) override {
        record_->variables.emplace_back(name);
        return name.substr(0, 3) == "LC_";
    }
    bool pty(const PtyRequest&) override { return record_->take_pty; }

    static void answer(ProgramsRecord& record, Reply<Program> reply) {
        auto [sink, sink_record] = make_sink();
        record.programs.push_back(sink_record);
        reply(Program(std::move(sink)));
    }

  private:
    void start(std::string what, const SessionEnvironment& environment, Reply<Program> reply) {
        record_->started.push_back(std::move(what));
        record_->environment = environment;
        if (record_->hold) {
            record_->held.push_back(std::move(reply));
        } else if (record_->refuse) {
            reply(Error{Errc::unsupported, Disconnect::none, 0, "no"});
        } else {
            answer(*record_, std::move(reply));
        }
    }
    std::shared_ptr<ProgramsRecord> record_;
};

/// A connection with one open session channel, number 0 here and 7 at the peer.
struct SessionFixture : Connection {
    std::shared_ptr<ProgramsRecord> programs = std::make_shared<ProgramsRecord>();

    explicit SessionFixture(ConnectionConfig config = {})
        : Connection(Role::server, std::move(config)) {
        handler->make = [this] {
            return make_session_channel(std::make_unique<ProgramsSpy>(programs));
        };
        open();
    }
    /// Feeds a request that wants a reply; whether it was granted.
    bool ask(std::string_view type, const Bytes& data = {}) {
        const std::size_t before = port.sent.size();
        REQUIRE(feed_request(0, type, true, data).has_value());
        REQUIRE(port.sent.size() > before);
        return port.sent[before].number == msg::channel_success;
    }
    bool ask_env(std::string_view name, std::string_view value) {
        Bytes data;
        Writer<Bytes>(data).string(name).string(value);
        return ask("env", data);
    }
};

Bytes string_field(std::string_view text) {
    Bytes data;
    Writer<Bytes>(data).string(text);
    return data;
}

Bytes pty_fields(std::string_view term, std::string_view modes) {
    Bytes data;
    Writer<Bytes>(data).string(term).u32(80).u32(24).u32(640).u32(480).string(modes);
    return data;
}

}  // namespace

TEST_CASE("a session channel starts a subsystem and hands over", "[connection]") {
    SessionFixture f;
    CHECK(f.ask("subsystem", string_field("sftp")));
    REQUIRE(f.programs->started == std::vector<std::string>{"subsystem sftp"});
    const auto program = f.programs->programs.at(0);
    REQUIRE(program->port != nullptr);

    const Bytes hello{1, 2, 3};
    REQUIRE(f.feed_data(0, hello).has_value());
    CHECK(program->data == hello);
    f.port.sent.clear();
    submit_bytes(*program->port, hello);
    program->port->exit_status(0);
    program->port->eof();
    program->port->close();
    CHECK(f.port.numbers() == std::vector<int>{94, 98, 96, 97});
    CHECK(f.port.sent_as<msg::ChannelRequest>(1).request_type == "exit-status");
    REQUIRE(f.feed(msg::ChannelClose{0}).has_value());
    CHECK(program->closes == std::vector<CloseReason>{CloseReason::by_us});
    CHECK(program->destroyed);
}

TEST_CASE("extended data and deadlines are the program's", "[connection]") {
    SessionFixture f;
    const Bytes data{1, 2, 3};
    msg::ChannelExtendedData extended;
    extended.recipient_channel = 0;
    extended.data_type_code = 1;
    extended.data = data;
    // Nobody is there to take it; it does not stay, and its window is given back.
    REQUIRE(f.feed(extended).has_value());
    REQUIRE(f.ask("exec", string_field("one")));
    const auto program = f.programs->programs.at(0);
    CHECK(program->extended.empty());
    REQUIRE(f.feed(extended).has_value());
    CHECK(program->extended == data);
    CHECK_FALSE(f.layer->deadline());
    const Instant due = f.port.now() + std::chrono::seconds(1);
    program->due = due;
    REQUIRE(f.layer->deadline() == due);
    REQUIRE(f.layer->on_deadline(due));
    CHECK(program->deadlines == 1);
}

TEST_CASE("only one program is started on a channel", "[connection]") {
    SessionFixture f;
    f.programs->refuse = true;
    CHECK_FALSE(f.ask("exec", string_field("one")));
    f.programs->refuse = false;
    CHECK(f.ask("exec", string_field("two")));
    CHECK_FALSE(f.ask("exec", string_field("three")));
    CHECK_FALSE(f.ask("shell"));
    CHECK_FALSE(f.ask("subsystem", string_field("sftp")));
    CHECK(f.programs->started == std::vector<std::string>{"exec one", "exec two"});
}

TEST_CASE("malformed session requests are refused", "[connection]") {
    SessionFixture f;
    CHECK_FALSE(f.ask("exec", {0, 0, 0, 9, 'x'}));
    CHECK_FALSE(f.ask("shell", {1}));
    CHECK_FALSE(f.ask("subsystem", {}));
    CHECK_FALSE(f.ask("env", {0, 0, 0, 1}));
    CHECK_FALSE(f.ask("pty-req", {0}));
    CHECK_FALSE(f.ask("unheard-of@example.com", {1, 2}));
    CHECK(f.programs->started.empty());
    CHECK(f.ask("shell"));
}

TEST_CASE("environment and terminal reach the program, within limits", "[connection]") {
    SessionFixture f;
    CHECK(f.ask_env("LC_ALL", "C.UTF-8"));
    CHECK_FALSE(f.ask_env("LD_PRELOAD", "x"));
    CHECK_FALSE(f.ask_env("", "x"));
    CHECK_FALSE(f.ask_env("LC_A=B", "x"));
    CHECK_FALSE(f.ask_env(std::string_view("LC_\0", 4), "x"));
    CHECK_FALSE(f.ask_env("LC_X", std::string_view("\0", 1)));
    CHECK(f.ask_env("LC_ALL", "C"));

    CHECK_FALSE(f.ask("pty-req", pty_fields(std::string(257, 'x'), "")));
    CHECK_FALSE(f.ask("pty-req", pty_fields("xterm", std::string(4097, '\0'))));
    CHECK(f.ask("pty-req", pty_fields("xterm", std::string(1, '\0'))));
    CHECK_FALSE(f.ask("pty-req", pty_fields("xterm", "")));
    Bytes size;
    Writer<Bytes>(size).u32(132).u32(50).u32(0).u32(0);
    REQUIRE(f.feed_request(0, "window-change", false, size).has_value());

    CHECK(f.ask("shell"));
    CHECK(f.programs->environment.variables == std::map<std::string, std::string>{{"LC_ALL", "C"}});
    REQUIRE(f.programs->environment.pty);
    CHECK(f.programs->environment.pty->term == "xterm");
    CHECK(f.programs->environment.pty->columns == 132);
    CHECK(f.programs->environment.pty->rows == 50);
    CHECK_FALSE(f.ask_env("LC_LATE", "x"));
}

TEST_CASE("the environment has limits of count and size", "[connection]") {
    SECTION("count") {
        SessionFixture f;
        for (std::size_t i = 0; i < SessionPrograms::kMaxVariables; ++i)
            CHECK(f.ask_env("LC_" + std::to_string(i), "x"));
        CHECK_FALSE(f.ask_env("LC_more", "x"));
        CHECK(f.ask_env("LC_0", "replaced"));
    }
    SECTION("size") {
        SessionFixture f;
        const std::string most(SessionPrograms::kMaxEnvironment - 4, 'v');
        CHECK_FALSE(f.ask_env("LC_1", most + 'v'));
        CHECK(f.ask_env("LC_1", most));
        CHECK_FALSE(f.ask_env("LC_2", ""));
        CHECK(f.ask_env("LC_1", ""));
        CHECK(f.ask_env("LC_2", "x"));
    }
}

TEST_CASE("a running program gets the other requests", "[connection]") {
    SessionFixture f;
    CHECK(f.ask("exec", string_field("cat")));
    const auto program = f.programs->programs.at(0);
    REQUIRE(f.feed_request(0, "signal", false, string_field("INT")).has_value());
    program->answer = false;
    CHECK_FALSE(f.ask("break", {0, 0, 1, 0}));
    REQUIRE(program->requests.size() == 2);
    CHECK(program->requests[0].type == "signal");
    CHECK(program->requests[0].data == string_field("INT"));
    CHECK(program->requests[1].type == "break");
}

TEST_CASE("what comes before a slow start is kept in order", "[connection]") {
    SessionFixture f;
    f.programs->hold = true;
    REQUIRE(f.feed_request(0, "exec", true, string_field("cat")).has_value());
    CHECK(f.port.sent.empty());
    const Bytes input = pattern(700'000);
    for (std::size_t at = 0; at < input.size(); at += 25'000)
        REQUIRE(f.feed_data(0, ByteView(input).subspan(at, 25'000)).has_value());
    REQUIRE(f.feed(msg::ChannelEof{0}).has_value());
    // Nobody is finished with any of it, so there is no credit.
    CHECK(f.port.sent.empty());
    REQUIRE(f.feed_request(0, "signal", true, string_field("INT")).has_value());
    CHECK(f.port.sent.empty());

    ProgramsSpy::answer(*f.programs, std::move(f.programs->held.at(0)));
    const auto program = f.programs->programs.at(0);
    CHECK((f.port.numbers() == std::vector<int>{99, 100}));
    CHECK((program->data == input));
    CHECK(program->eofs == 1);
    CHECK(program->batch_ends == 1);
}

TEST_CASE("a start that is answered after the end does nothing", "[connection]") {
    SessionFixture f;
    f.programs->hold = true;
    REQUIRE(f.feed_request(0, "exec", true, string_field("cat")).has_value());
    REQUIRE(f.feed(msg::ChannelClose{0}).has_value());
    CHECK(f.port.numbers() == std::vector<int>{97});
    ProgramsSpy::answer(*f.programs, std::move(f.programs->held.at(0)));
    CHECK(f.port.numbers() == std::vector<int>{97});
    CHECK(f.programs->programs.at(0)->port == nullptr);
    CHECK(f.programs->programs.at(0)->destroyed);
}

TEST_CASE("a start that is never answered is refused", "[connection]") {
    SessionFixture f;
    f.programs->hold = true;
    REQUIRE(f.feed_request(0, "shell", true).has_value());
    f.programs->held.clear();
    CHECK(f.port.numbers() == std::vector<int>{100});
}
