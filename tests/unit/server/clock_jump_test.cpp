// The wall clock jumps by a year: deadlines do not see it, and certificates see nothing else.
#include "server/penalty_box.hpp"
#include "support/socket_client.hpp"
#include "unit/keys/certificate_fixture.hpp"
#include "unit/server/running_server.hpp"

#include <nacre/keys/certificate_policy.hpp>

#include <catch2/catch_all.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>

namespace {

std::atomic<std::int64_t> wall_clock_jump{0};  // seconds

}  // namespace

/// In place of the C library's, for the whole program.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const auto result = ::syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += wall_clock_jump.load();
    return static_cast<int>(result);
}

namespace nacre::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using WallClock = std::chrono::system_clock;

constexpr seconds kYear = hours(365 * 24);

/// Seconds by which the wall clock is wrong, until the end of the test.
class Jump {
  public:
    Jump() = default;
    Jump(const Jump&) = delete;
    Jump& operator=(const Jump&) = delete;
    ~Jump() { wall_clock_jump = 0; }
    void to(seconds offset) {
        const auto before = WallClock::now();
        const auto change = offset - seconds(wall_clock_jump.exchange(offset.count()));
        // Else nothing is tested here.
        REQUIRE(std::chrono::abs(WallClock::now() - before - change) < hours(24));
    }
};

}  // namespace

TEST_CASE("sessions and penalties do not see the wall clock", "[server][clock]") {
    Jump jump;
    server::Config config;
    config.connection.idle_timeout = seconds(3600);
    config.connection.keepalive = seconds(3600);
    auto& penalties = config.limits.penalties;
    penalties.exempt.clear();
    penalties.min = penalties.max = penalties.auth_fail = penalties.no_auth = seconds(1);
    Running running(std::move(config));
    SocketClient client(running.port);
    REQUIRE(client.log_in());
    Socket starting(running.port);
    CHECK(starting.read().starts_with("SSH-2.0-"));
    std::size_t echoed = 0;
    for (const seconds offset : {kYear, -kYear, kYear, seconds(0)}) {
        jump.to(offset);
        client.collected->send(Bytes(100, 1));
        echoed += 100;
        CHECK(client.until([&] { return client.collected->bytes == echoed; }));
        CHECK(starting.silent());
        CHECK(running.server->connections() == 2);
    }
    // A penalty of a second is over after a second, wherever the clock went meanwhile.
    for (const seconds offset : {kYear, -kYear}) {
        jump.to(seconds(0));
        CHECK(Socket(running.port).read().starts_with("SSH-2.0-"));
        REQUIRE(running.comes_to(2));
        jump.to(offset);
        const auto end = std::chrono::steady_clock::now() + seconds(20);
        bool let_in = false;
        while (!let_in && std::chrono::steady_clock::now() < end) {
            SocketClient again(running.port);
            let_in = again.log_in();
        }
        CHECK(let_in);
        REQUIRE(running.comes_to(2));
    }
}

TEST_CASE("a server keeps out who has a penalty right behind a jump of the wall clock",
          "[server][clock]") {
    Jump jump;
    server::Config config;
    std::atomic<int> refused{0};
    config.on_refused = [&](const server::Peer&, const char*) { ++refused; };
    auto& penalties = config.limits.penalties;
    penalties.exempt.clear();
    // Longer than a busy machine takes to come back, and shorter than the jumps.
    penalties.no_auth = penalties.min = seconds(600);
    Running running(std::move(config));
    CHECK(Socket(running.port).read().starts_with("SSH-2.0-"));
    REQUIRE(running.comes_to(0));
    int knocks = 0;
    for (const seconds offset : {kYear, -kYear, seconds(0)}) {
        jump.to(offset);
        CHECK(Socket(running.port).read().empty());
        ++knocks;
    }
    CHECK(refused == knocks);
}

TEST_CASE("a penalty outlasts a jump of the wall clock", "[server][clock]") {
    Jump jump;
    server::Penalties rules;
    rules.min = seconds(1);
    rules.auth_fail = seconds(600);
    server::PenaltyBox box(rules);
    const auto source = *IpAddress::parse("192.0.2.7");
    box.add(source, server::Offence::auth_fail, std::chrono::steady_clock::now());
    for (const seconds offset : {kYear, -kYear, seconds(0)}) {
        jump.to(offset);
        CHECK(box.refuses(source, std::chrono::steady_clock::now()));
    }
}

TEST_CASE("certificates are valid by the wall clock, whatever it was before", "[server][clock]") {
    Jump jump;
    Certificate fields;
    fields.key = public_half("openssh-ed25519").blob;
    fields.principals = {"alice"};
    const auto now = static_cast<std::uint64_t>(WallClock::to_time_t(WallClock::now()));
    fields.valid_after = now - 24 * 3600;
    fields.valid_before = now + 24 * 3600;
    DetRng rng(1);
    std::shared_ptr<const PublicKey> key;
    sign_certificate(std::move(fields), *signer_of("certificates/ca-ed25519"), {}, rng,
                     Reply<Bytes>::from([&](Result<Bytes>&& blob) {
                         REQUIRE(blob.has_value());
                         key = *botan_provider().public_key(*blob);
                     }));
    REQUIRE(key != nullptr);
    CertificatePolicy policy;
    policy.authorities.push_back({public_half("certificates/ca-ed25519").blob, {}, {}});
    for (const seconds offset : {seconds(0), kYear, seconds(0), -kYear, seconds(0)}) {
        jump.to(offset);
        const CertificateUse use{"alice", {"192.0.2.7", {}, WallClock::now()}};
        const auto decided = decide_user_certificate(policy, *key, use, botan_provider());
        CHECK(decided.has_value() == (offset.count() == 0));
    }
}

}  // namespace nacre::test
