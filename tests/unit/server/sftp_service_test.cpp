#include "server/internal_sftp.hpp"
#include "support/channel_port_spy.hpp"
#include "support/port_spy.hpp"

#include <nacre/server/sftp_service.hpp>
#include <nacre/sftp/memory_filesystem.hpp>

#include <catch2/catch_all.hpp>

namespace nacre::server {
namespace {

class NoLoop final : public Loop {
  public:
    void post(std::function<void()>) override {}
    Executor& files() noexcept override { return inline_executor(); }
    Executor& logins() noexcept override { return inline_executor(); }
};

class Port final : public ConnectionPort {
  public:
    const SessionInfo& info() const noexcept override { return port.session; }
    PacketPort& transport() noexcept override { return port; }
    void open_channel(std::string_view, ByteView, std::unique_ptr<ChannelSink>,
                      Reply<void>) override {}
    void global_request(std::string_view, ByteView, Reply<Bytes>) override {}
    void global_request(std::string_view, ByteView) override {}
    test::PortSpy port;
};

/// What was started beside SFTP. Nothing runs.
struct Started {
    std::string command;
    SessionEnvironment environment;
    int ptys = 0;
};

class Others final : public SessionPrograms {
  public:
    explicit Others(std::shared_ptr<Started> started) : started_(std::move(started)) {}
    void exec(std::string_view command, const SessionEnvironment& environment,
              Reply<Program> reply) override {
        start("exec " + std::string(command), environment, std::move(reply));
    }
    void shell(const SessionEnvironment& environment, Reply<Program> reply) override {
        start("shell", environment, std::move(reply));
    }
    bool env(std::string_view, std::string_view) override { return true; }
    bool pty(const PtyRequest&) override { return ++started_->ptys != 0; }

  private:
    void start(std::string what, const SessionEnvironment& environment, Reply<Program> reply) {
        started_->command = std::move(what);
        started_->environment = environment;
        reply(Error{Errc::unsupported, Disconnect::none, 0, "only recorded"});
    }
    std::shared_ptr<Started> started_;
};

/// A session channel of a login with these restrictions.
struct Rig {
    explicit Rig(LoginRestrictions restrictions, bool with_programs = true,
                 bool user_environment = true) {
        port.port.session.restrictions =
            std::make_shared<const LoginRestrictions>(std::move(restrictions));
        auto made = std::make_shared<SftpService>();
        made->permit_user_environment = user_environment;
        made->filesystem = [](const SessionInfo&,
                              Loop&) -> Result<std::shared_ptr<sftp::Filesystem>> {
            auto filesystem = sftp::make_memory_filesystem();
            filesystem->make_directory("/folder", {}, Reply<void>::from([](Result<void>&&) {}));
            return filesystem;
        };
        made->on_refused = [this](const SessionInfo&, const Error& error) { why = error.what; };
        if (with_programs)
            made->programs = [this](const SessionInfo&, Loop&) {
                return std::make_unique<Others>(started);
            };
        handler = make_sftp_handler(std::move(made), loop);
        handler->on_ready(port);
        handler->open_channel({"session", {}},
                              Reply<std::unique_ptr<ChannelSink>>::from(
                                  [this](Result<std::unique_ptr<ChannelSink>>&& answer) {
                                      sink = std::move(*answer);
                                  }));
        REQUIRE(sink != nullptr);
        sink->on_open(channel);
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    bool ask(std::string_view type, std::string_view text) {
        Bytes data;
        Writer(data).string(text);
        return ask_raw(type, data);
    }
    bool ask_raw(std::string_view type, const Bytes& data) {
        std::optional<bool> answer;
        sink->on_request({type, true, data}, Reply<bool>::from([&](Result<bool>&& got) {
                             answer = std::move(got).value_or(false);
                         }));
        REQUIRE(answer);
        return *answer;
    }
    /// The reply to a request of SFTP 3, without its length.
    Bytes sftp(const Bytes& request) {
        channel.sent.clear();
        Bytes packet;
        Writer(packet).string(request);
        SlabRef slab = port.port.slabs.take(packet.size());
        std::memcpy(slab.memory().data(), packet.data(), packet.size());
        const ByteView bytes = slab.memory().first(packet.size());
        sink->on_data({bytes, std::move(slab)});
        sink->on_batch_end();
        REQUIRE(channel.sent.size() > 4);
        return Bytes(channel.sent.begin() + 4, channel.sent.end());
    }

    NoLoop loop;
    Port port;
    test::ChannelPortSpy channel;
    std::shared_ptr<Started> started = std::make_shared<Started>();
    std::string why;
    std::unique_ptr<ConnectionHandler> handler;
    std::unique_ptr<ChannelSink> sink;
};

LoginRestrictions forced(std::string command) {
    LoginRestrictions restrictions;
    restrictions.force_command = std::move(command);
    return restrictions;
}

const Bytes kInit{1, 0, 0, 0, 3};

TEST_CASE("forced internal-sftp is served whatever is asked for", "[server]") {
    for (const char* type : {"subsystem", "exec", "shell"}) {
        INFO(type);
        Rig rig(forced("internal-sftp"));
        const bool shell = type == std::string_view("shell");
        CHECK((shell ? rig.ask_raw(type, {})
                     : rig.ask(type, type == std::string_view("exec") ? "rm -rf /" : "sftp")));
        CHECK(rig.sftp(kInit).at(0) == 2);
        CHECK(rig.started->command.empty());
    }
}

TEST_CASE("forced internal-sftp heeds -R and -d", "[server]") {
    Rig rig(forced("internal-sftp -R -d /folder -l INFO"));
    REQUIRE(rig.ask("subsystem", "sftp"));
    rig.sftp(kInit);
    Bytes mkdir{14};
    Writer(mkdir).u32(1).string("/new").u32(0);
    const Bytes refused = rig.sftp(mkdir);
    REQUIRE(refused.size() > 9);
    CHECK(refused[0] == 101);
    CHECK(load_be32(refused.data() + 5) == 3);  // permission denied
    Bytes realpath{16};
    Writer(realpath).u32(2).string(".");
    const Bytes name = rig.sftp(realpath);
    CHECK(name[0] == 104);
    CHECK(std::string(as_text(name)).find("/folder") != std::string::npos);
}

TEST_CASE("internal-sftp with what cannot be honoured is not served", "[server]") {
    for (const char* command :
         {"internal-sftp -u 077", "internal-sftp -P remove", "internal-sftp -d",
          "internal-sftp -d \"a b\"", "internal-sftp -d /home/%u", "internal-sftp extra"}) {
        INFO(command);
        Rig rig(forced(command));
        CHECK_FALSE(rig.ask("subsystem", "sftp"));
        CHECK_FALSE(rig.why.empty());
        CHECK(rig.started->command.empty());
    }
    CHECK(is_internal_sftp("internal-sftp"));
    CHECK(is_internal_sftp("internal-sftp\t-R"));
    CHECK_FALSE(is_internal_sftp("internal-sftp2"));
    CHECK_FALSE(is_internal_sftp("/bin/internal-sftp"));
    CHECK_FALSE(is_internal_sftp(""));
}

TEST_CASE("another forced command runs instead of what was asked for", "[server]") {
    auto restrictions = forced("uptime");
    restrictions.environment = {{"A", "1"}, {"SSH_ORIGINAL_COMMAND", "a lie"}};
    {
        Rig rig(restrictions);
        rig.ask("exec", "cat /etc/passwd");
        CHECK(rig.started->command == "exec uptime");
        CHECK(rig.started->environment.variables ==
              std::map<std::string, std::string>{{"A", "1"},
                                                 {"SSH_ORIGINAL_COMMAND", "cat /etc/passwd"}});
    }
    {
        Rig rig(restrictions);
        rig.ask("subsystem", "sftp");
        CHECK(rig.started->command == "exec uptime");
        CHECK(rig.started->environment.variables.at("SSH_ORIGINAL_COMMAND") == "internal-sftp");
    }
    Rig rig(restrictions);
    rig.ask_raw("shell", {});
    CHECK(rig.started->command == "exec uptime");
    CHECK(rig.started->environment.variables == std::map<std::string, std::string>{{"A", "1"}});
}

TEST_CASE("where commands are not run, a forced command leaves nothing", "[server]") {
    Rig rig(forced("uptime"), false);
    CHECK_FALSE(rig.ask("subsystem", "sftp"));
    CHECK(rig.why == "the login has a forced command, and commands are not run");
    CHECK_FALSE(rig.ask("exec", "internal-sftp"));
}

TEST_CASE("variables of the key go to commands, and no-pty refuses terminals", "[server]") {
    LoginRestrictions restrictions;
    restrictions.environment = {{"LANG", "of the key"}};
    restrictions.pty = false;
    Bytes lang, pty;
    Writer(lang).string("LANG").string("of the client");
    Writer(pty).string("xterm").u32(80).u32(24).u32(0).u32(0).string("");
    Rig rig(restrictions);
    CHECK(rig.ask_raw("env", lang));
    CHECK_FALSE(rig.ask_raw("pty-req", pty));
    rig.ask("exec", "ls");
    CHECK(rig.started->command == "exec ls");
    CHECK(rig.started->environment.variables.at("LANG") == "of the key");
    CHECK(rig.started->ptys == 0);
    Rig allowed(LoginRestrictions{});
    CHECK(allowed.ask_raw("pty-req", pty));
    Rig careful(restrictions, true, false);
    CHECK(careful.ask_raw("env", lang));
    careful.ask("exec", "ls");
    CHECK(careful.started->environment.variables.at("LANG") == "of the client");
}

}  // namespace
}  // namespace nacre::server
