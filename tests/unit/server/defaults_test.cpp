// nacre-sftpd with no option about limits: each of OpenSSH's is in force.
#include "nacre-sftpd/setup.hpp"
#include "server/admission.hpp"
#include "support/raw_peer.hpp"
#include "support/sftp_stack.hpp"
#include "support/tests_dir.hpp"

#include <nacre/wire/message/transport.hpp>

#include <catch2/catch_all.hpp>

#include <stdlib.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

namespace nacre::sftpd {
namespace {

using namespace nacre::test;
using namespace std::chrono_literals;

constexpr const char* kUser = "joe";
constexpr const char* kPassword = "correct horse";

/// A loop whose work on other threads is done at once, and what is posted when the test says.
class InlineLoop final : public server::Loop {
  public:
    void post(std::function<void()> work) override { posted.push_back(std::move(work)); }
    Executor& files() noexcept override { return inline_executor(); }
    Executor& logins() noexcept override { return inline_executor(); }
    bool run() {
        const auto all = std::exchange(posted, {});
        for (const auto& work : all) work();
        return !all.empty();
    }
    std::vector<std::function<void()>> posted;
};

/// What main() makes of a command line that says nothing of limits.
class Defaults {
  public:
    Defaults() {
        folder_ = (std::filesystem::temp_directory_path() / "nacre-defaults-XXXXXX").string();
        REQUIRE(::mkdtemp(folder_.data()) != nullptr);
        const std::string key = folder_ + "/key", password = folder_ + "/password";
        std::filesystem::copy_file(tests_dir() + "/keys/openssh-ed25519", key);
        std::ofstream(password) << kPassword << '\n';
        for (const auto& path : {key, password})
            std::filesystem::permissions(
                path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        const std::string plain = "plain:" + password;
        const char* const arguments[] = {"nacre-sftpd", "--root",          folder_.c_str(),
                                         "--host-key",  key.c_str(),       "--user",
                                         kUser,         "--password-file", plain.c_str()};
        const auto options = read_options(static_cast<int>(std::size(arguments)), arguments);
        REQUIRE(std::holds_alternative<Options>(options));
        auto made = make_setup(*std::get_if<Options>(&options), botan_provider(),
                               [](LogLevel, const std::string&) {});
        if (const auto* wrong = std::get_if<SetupError>(&made)) FAIL(wrong->text);
        setup = std::move(*std::get_if<Setup>(&made));
    }
    Defaults(const Defaults&) = delete;
    Defaults& operator=(const Defaults&) = delete;
    ~Defaults() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    /// As server/connection.cpp makes one.
    SessionParts parts(server::Loop& loop, Instant now) const {
        auto service = setup.config.service({"192.0.2.7", 1, 1}, loop);
        SessionParts parts;
        parts.config = std::make_shared<TransportConfig>(setup.config.transport);
        parts.auth = make_auth_server(setup.config.auth, std::move(service.auth), now);
        parts.connection =
            make_connection_layer(setup.config.connection, std::move(service.connection));
        parts.observer = std::make_shared<EndWatcher>();
        parts.now = now;
        return parts;
    }

    Setup setup;

  private:
    std::string folder_;
};

/// A session of that server, and a client that does what it likes.
class Guest {
  public:
    enum class Grace { as_it_is, none };
    explicit Guest(Grace grace = Grace::as_it_is) {
        if (grace == Grace::none) defaults.setup.config.auth.grace = 0s;
        SessionParts parts = defaults.parts(loop, now);
        parts.role = Role::server;
        parts.resources = end.resources();
        watcher = std::static_pointer_cast<EndWatcher>(parts.observer);
        auto made = make_session(std::move(parts));
        REQUIRE(made);
        end.session = std::move(*made);
        end.session->on_output([this] { end.woken = true; });
    }
    void greet() {
        REQUIRE(peer.start());
        run();
        peer.send(msg::ServiceRequest{"ssh-userauth"});
        run();
        REQUIRE(peer.count(msg::service_accept) == 1);
    }
    void try_password(const char* password) {
        Bytes data;
        Writer(data).boolean(false).string(std::string_view(password));
        peer.send(msg::UserauthRequest{kUser, "ssh-connection", "password", {data}});
        run();
        // A failure is told a little later.
        wait(1s);
    }
    void log_in() {
        greet();
        try_password(kPassword);
        REQUIRE(peer.count(msg::userauth_success) == 1);
    }
    void wait(Duration time) {
        now += time;
        while (!over() && end.session->deadline() && *end.session->deadline() <= now) {
            static_cast<void>(end.session->on_deadline(now));
            run();
        }
    }
    void run() {
        for (bool moved = true; moved;) {
            moved = loop.run();
            if (std::exchange(end.woken, false)) {
                static_cast<void>(end.session->rx_commit(0, now));
                moved = true;
            }
            const Bytes to_server = std::exchange(peer.out, {});
            hear(to_server);
            const Bytes to_client = SessionPair::take(end);
            peer.feed(to_client);
            moved = moved || !to_server.empty() || !to_client.empty();
        }
    }
    /// Only what the client says, so that answers wait.
    void hear(ByteView bytes) {
        while (!bytes.empty() && !over()) {
            const ByteSpan space = end.session->rx_space(1);
            const std::size_t n = std::min(space.size(), bytes.size());
            std::memcpy(space.data(), bytes.data(), n);
            static_cast<void>(end.session->rx_commit(n, now));
            bytes = bytes.subspan(n);
        }
    }
    bool over() const { return end.session->finished(); }
    Errc why() const { return watcher->close ? watcher->close->error.code : Errc{}; }

    Instant now{1h};
    Defaults defaults;
    InlineLoop loop;
    End end{1};
    RawPeer peer{Role::client};
    std::shared_ptr<EndWatcher> watcher;
};

class PasswordOnly final : public AuthClientHandler {
  public:
    void password(std::uint32_t, Reply<SecretBytes> reply) override {
        reply(SecretBytes(to_bytes(as_bytes(kPassword))));
    }
};

/// A server's door.
struct Door {
    explicit Door(const Defaults& defaults) : admission(defaults.setup.config.limits) {}
    bool knock(const std::string& address, Instant now) {
        auto answer = admission.admit(address, now);
        if (std::holds_alternative<const char*>(answer)) return false;
        places.push_back(std::move(*std::get_if<0>(&answer)));
        return true;
    }
    server::Admission admission;
    std::vector<std::shared_ptr<server::Admission::Place>> places;
};

std::string address(std::size_t number) {
    return "198.51." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1);
}

}  // namespace

TEST_CASE("the login must be done 120 s after the connection", "[defaults]") {
    Guest guest;
    const bool speaks = GENERATE(false, true);
    const Instant accepted = guest.now;
    if (speaks) {
        guest.wait(90s);
        guest.greet();
    }
    guest.wait(accepted + 120s - 1ms - guest.now);
    CHECK_FALSE(guest.over());
    guest.wait(1ms);
    CHECK(guest.over());
    CHECK(guest.why() == Errc::timed_out);
}

TEST_CASE("the sixth failed login is the last one", "[defaults]") {
    Guest guest;
    guest.greet();
    for (std::size_t i = 1; i <= 5; ++i) {
        guest.try_password("wrong");
        REQUIRE(guest.peer.count(msg::userauth_failure) == i);
        REQUIRE_FALSE(guest.over());
    }
    guest.try_password("wrong");
    CHECK(guest.over());
    CHECK(guest.peer.reason() != 0);
    CHECK(guest.peer.count(msg::userauth_success) == 0);
}

TEST_CASE("a connection has ten sessions", "[defaults]") {
    Guest guest;
    guest.log_in();
    for (std::uint32_t i = 0; i < 11; ++i) {
        guest.peer.send(msg::ChannelOpen{"session", i, 100'000, 32'768, {}});
        guest.run();
    }
    CHECK(guest.peer.count(msg::channel_open_confirmation) == 10);
    CHECK(guest.peer.count(msg::channel_open_failure) == 1);
    CHECK_FALSE(guest.over());
    // Each with a window of 2 MiB, and packets of 255 KiB.
    const Bytes opened = guest.peer.all(msg::channel_open_confirmation)[0];
    const auto confirmed = decode<msg::ChannelOpenConfirmation>(ByteView(opened).subspan(1));
    REQUIRE(confirmed);
    CHECK(confirmed->initial_window_size == 2 * 1024 * 1024);
    CHECK(confirmed->maximum_packet_size == 255 * 1024);
    guest.peer.send(msg::ChannelClose{0});
    guest.peer.send(msg::ChannelOpen{"session", 11, 100'000, 32'768, {}});
    guest.run();
    CHECK(guest.peer.count(msg::channel_open_confirmation) == 11);
}

TEST_CASE("a key exchange before the login takes 120 s", "[defaults]") {
    // The time for the login would end it at the same moment.
    Guest guest(Guest::Grace::none);
    guest.wait(120s - 1ms);
    CHECK_FALSE(guest.over());
    guest.wait(1ms);
    CHECK(guest.over());
    CHECK(guest.why() == Errc::timed_out);
}

TEST_CASE("for a key exchange a client may send 256 KiB", "[defaults]") {
    Guest guest;
    // In a strict exchange nothing else is legal.
    guest.peer.config.strict_kex = StrictKex::off;
    const bool logged_in = GENERATE(false, true);
    if (logged_in)
        guest.log_in();
    else
        REQUIRE(guest.peer.start());
    if (logged_in) guest.peer.start_kex();
    const std::string data(1000, 'x');
    std::size_t sent = 0;
    for (; !guest.over() && sent < 1'000'000; sent += data.size()) {
        guest.peer.send(msg::Ignore{as_bytes(data)});
        guest.hear(std::exchange(guest.peer.out, {}));
    }
    CHECK(guest.over());
    CHECK(guest.why() == Errc::peer_limit);
    CHECK(sent > 250 * 1000);
    CHECK(sent < 260 * 1024);
    guest.run();
    CHECK(guest.peer.reason() == static_cast<std::uint32_t>(Disconnect::key_exchange_failed));
}

TEST_CASE("the largest key exchange is far from its limit", "[defaults]") {
    Guest guest;
    guest.peer.config.algorithms.kex = {
        GENERATE(as<std::string>{}, "sntrup761x25519-sha512@openssh.com", "mlkem768x25519-sha256")};
    guest.greet();
    CHECK(guest.end.session->info().kex == guest.peer.config.algorithms.kex[0]);
    CHECK(guest.end.session->bytes_in() < 16 * 1024);
}

TEST_CASE("a key exchange after the login may take any time", "[defaults]") {
    Guest guest;
    guest.log_in();
    guest.end.session->rekey();
    static_cast<void>(guest.end.session->rx_commit(0, guest.now));
    REQUIRE(guest.end.session->why_idle() == Idle::rekeying);
    // Nobody hears it: the client sleeps.
    static_cast<void>(SessionPair::take(guest.end));
    static_cast<void>(guest.end.session->on_deadline(guest.now += 24h));
    CHECK_FALSE(guest.over());
}

TEST_CASE("who is logged in is asked for no sign of life, and may be idle", "[defaults]") {
    Guest guest;
    guest.log_in();
    guest.peer.received.clear();
    for (int i = 0; i < 100; ++i) {
        guest.wait(20min);
        REQUIRE_FALSE(guest.over());
    }
    CHECK(guest.peer.count(msg::global_request) == 0);
    // After an hour there were new keys.
    CHECK(guest.end.session->info().key_exchanges > 20);
}

TEST_CASE("at most 256 KiB of answers wait for a client that does not read", "[defaults]") {
    Guest guest;
    guest.log_in();
    const std::string data(1000, 'x');
    std::size_t asked = 0;
    while (guest.end.session->rx_wanted() && asked < 1'000'000) {
        guest.peer.send(msg::Ping{as_bytes(data)});
        asked += data.size();
        guest.hear(std::exchange(guest.peer.out, {}));
    }
    // Packets count with what is around them.
    CHECK(asked > 128 * 1024);
    CHECK(asked <= 256 * 1024);
    guest.run();
    CHECK(guest.end.session->rx_wanted());
    CHECK(guest.peer.count(msg::pong) * data.size() == asked);
}

TEST_CASE("a connection holds 128 MiB of what it received", "[defaults]") {
    const Defaults defaults;
    CHECK(defaults.setup.config.transport.input_limit == 128 * 1024 * 1024);
}

TEST_CASE("zlib@openssh.com is there for those who ask, and none is the choice of the others",
          "[defaults]") {
    Guest guest;
    const bool wants = GENERATE(false, true);
    guest.peer.config.algorithms.compression = {wants ? "zlib@openssh.com" : "none"};
    guest.greet();
    CHECK(guest.end.session->info().compression_in == (wants ? "zlib@openssh.com" : "none"));
}

TEST_CASE("ten connections that are not logged in are let in, more at random, a hundred at most",
          "[defaults]") {
    const Defaults defaults;
    const Instant now{1h};
    std::size_t eleventh = 0;
    constexpr std::size_t kTries = 400;
    for (std::size_t i = 0; i < kTries; ++i) {
        Door door(defaults);
        for (std::size_t n = 0; n < 10; ++n) REQUIRE(door.knock(address(n), now));
        if (!door.knock(address(10), now)) ++eleventh;
    }
    // 30 % of 400 are 120, with a deviation of 9.
    CHECK(eleventh > 60);
    CHECK(eleventh < 180);
    Door door(defaults);
    std::size_t let_in = 0;
    for (std::size_t n = 0; n < 20'000; ++n) let_in += door.knock(address(n % 1000), now) ? 1U : 0U;
    CHECK(let_in > 50);
    CHECK(let_in <= 100);
}

TEST_CASE("a source may have as many connections as there are, ten thousand", "[defaults]") {
    const Defaults defaults;
    const Instant now{1h};
    Door door(defaults);
    for (std::size_t n = 0; n < 10'000; ++n) {
        REQUIRE(door.knock("192.0.2.1", now));
        door.places.back()->logged_in();
    }
    CHECK_FALSE(door.knock("192.0.2.1", now));
}

TEST_CASE("who does not log in waits as OpenSSH has it", "[defaults]") {
    struct Row {
        server::Offence offence;
        int times;  ///< until it adds up to 15 s, from which on it counts
        std::chrono::seconds waits;
    };
    const auto row =
        GENERATE(Row{server::Offence::crash, 1, 90s}, Row{server::Offence::grace_exceeded, 2, 20s},
                 Row{server::Offence::invalid_user, 3, 15s},
                 Row{server::Offence::auth_fail, 3, 15s}, Row{server::Offence::no_auth, 15, 15s});
    const Defaults defaults;
    const Instant now{1h};
    Door door(defaults);
    const auto offend = [&](const char* who) {
        for (int i = 0; i < row.times; ++i) {
            REQUIRE(door.knock(who, now));
            door.places.back()->offended(row.offence, now);
            door.places.pop_back();
        }
    };
    offend("192.0.2.1");
    CHECK_FALSE(door.knock("192.0.2.1", now));
    CHECK_FALSE(door.knock("192.0.2.1", now + row.waits - 1ms));
    CHECK(door.knock("192.0.2.1", now + row.waits));
    // All of a household; but nobody else, and not this machine.
    offend("2001:db8:0:1::1");
    CHECK_FALSE(door.knock("2001:db8:0:1:ffff::2", now));
    CHECK(door.knock("2001:db8:0:2::1", now));
    offend("127.0.0.1");
    offend("::1");
    CHECK(door.knock("127.0.0.1", now));
    CHECK(door.knock("::1", now));
}

TEST_CASE("nobody waits for more than ten minutes", "[defaults]") {
    const Defaults defaults;
    const Instant now{1h};
    Door door(defaults);
    for (int i = 0; i < 9; ++i) REQUIRE(door.knock("192.0.2.1", now));
    for (const auto& place : door.places) place->offended(server::Offence::crash, now);
    door.places.clear();
    CHECK_FALSE(door.knock("192.0.2.1", now + 600s - 1ms));
    CHECK(door.knock("192.0.2.1", now + 600s));
}

TEST_CASE("an SFTP session has 1,024 handles", "[defaults]") {
    // Each is a descriptor of this process, too.
    rlimit descriptors{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &descriptors) == 0);
    if (descriptors.rlim_max < 2048) SKIP("no 2,048 descriptors");
    descriptors.rlim_cur = std::max<rlim_t>(descriptors.rlim_cur, 2048);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &descriptors) == 0);

    const Defaults defaults;
    InlineLoop loop;
    SessionPair pair;
    Answered<void> ready;
    auto channel = sftp::make_client({}, ready.reply());
    const auto client = channel.client;
    auto config = std::make_shared<TransportConfig>();
    config->host_key_verifier = std::make_shared<TrustAll>();
    SessionParts parts;
    parts.config = config;
    parts.auth = make_auth_client({kUser}, std::make_unique<PasswordOnly>());
    parts.connection = make_connection_layer({}, make_sftp_client_handler(std::move(channel)));
    REQUIRE(pair.start(std::move(parts), defaults.parts(loop, pair.now)));
    const auto run = [&] {
        pair.client.woken = true;
        do pair.run();
        while (loop.run());
    };
    run();
    REQUIRE(ready.good());
    for (int i = 0; i < 1024; ++i) {
        Answered<sftp::RemoteHandle> opened;
        client->open_directory("/", opened.reply());
        run();
        REQUIRE(opened.good());
    }
    Answered<sftp::RemoteHandle> opened;
    client->open_directory("/", opened.reply());
    run();
    CHECK(opened.here());
    CHECK_FALSE(opened.good());
    CHECK(client->server().max_handles == 1024);
}

}  // namespace nacre::sftpd
