// A whole session in which one operation fails, for every operation that there is: both sides end,
// and say why.
#include "support/failing_provider.hpp"
#include "support/sftp_stack.hpp"
#include "support/starved_session.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

const Bytes& file_bytes() {
    static const Bytes bytes = DetRng(3).bytes(40'000);
    return bytes;
}

/// Login, a file written, new keys, the file read. Stops at the first error.
Result<void> work(SftpStack& stack) {
    stack.pair.run();
    // A refused login is told a little later.
    stack.pair.advance(std::chrono::seconds(1));
    stack.pair.run();
    if (!stack.ready.here()) return Error{Errc::internal, Disconnect::none, 0, "never ready"};
    if (!stack.ready.good()) return (*stack.ready.place)->error();
    NACRE_TRY(const auto handle, stack.open("file"));
    const std::uint32_t half = 20'000;
    const ByteView bytes = file_bytes();
    for (std::uint32_t at = 0; at < bytes.size(); at += half) {
        NACRE_CHECK(stack.get<void>([&](auto reply) {
            stack.sftp->write(handle, at, bytes.subspan(at, half), std::move(reply));
        }));
        // The answer of the second WRITE has seen the new keys.
        if (at == 0) stack.pair.client.session->rekey();
    }
    for (std::uint32_t at = 0; at < bytes.size(); at += half) {
        NACRE_TRY(const auto got, stack.get<sftp::RemoteData>([&](auto reply) {
            stack.sftp->read(handle, at, half, std::move(reply));
        }));
        if (at == 0) stack.pair.server.session->rekey();
        Bytes read;
        for (const auto& piece : got.pieces) append(read, piece.bytes);
        if (!same_bytes(read, bytes.subspan(at, half)))
            return Error{Errc::internal, Disconnect::none, 0, "not what was written"};
    }
    return stack.get<void>([&](auto reply) { stack.sftp->close_handle(handle, std::move(reply)); });
}

/// As the program does when its socket says so: what has ended closes, and the other one sees it.
void hang_up(SessionPair& pair) {
    pair.run();
    for (End* end : {&pair.client, &pair.server}) {
        End& other = end == &pair.client ? pair.server : pair.client;
        if (!end->session->finished() || other.session->finished()) continue;
        other.session->rx_eof(pair.now);
    }
}

bool ended_with_reason(const End& end, const EndWatcher& watcher) {
    return end.session->finished() && watcher.close && watcher.close->error.code != Errc{} &&
           watcher.close->error.what[0] != '\0';
}

/// A run with a failure planned.
void run_failing(FailurePlan& plan, const std::string& cipher) {
    const FailingProvider provider(botan_provider(), plan);
    SftpStack stack;
    stack.client_config->algorithms.ciphers = {cipher};
    stack.client_config->algorithms.kex = {"curve25519-sha256"};
    stack.client_provider = stack.server_provider = &provider;
    stack.server_config->host_keys = {
        std::make_shared<FailingSigner>(host_key("ssh-ed25519"), plan)};
    stack.key = std::make_shared<FailingSigner>(stack.key, plan);
    REQUIRE(stack.start());
    const Result<void> outcome = work(stack);
    if (plan.fail_at == FailurePlan::kNever) {
        REQUIRE(outcome);
        CHECK(stack.pair.client.session->info().key_exchanges == 3);
        CHECK(stack.pair.server.session->info().key_exchanges == 3);
        return;
    }
    INFO("operation " << plan.fail_at);
    REQUIRE(plan.failed());
    CHECK_FALSE(outcome);
    hang_up(stack.pair);
    CHECK(ended_with_reason(stack.pair.client, *stack.client_end));
    CHECK(ended_with_reason(stack.pair.server, *stack.server_end));
    CHECK(stack.sftp->ended());
    CHECK(stack.sftp->pending() == 0);
}

}  // namespace

TEST_CASE("whichever cryptographic operation fails, both sides end and say why",
          "[session][failure]") {
    const auto cipher = GENERATE(as<std::string>{}, "aes256-gcm@openssh.com", "aes128-ctr");
    FailurePlan none;
    run_failing(none, cipher);
    CHECK(none.started > 100);
    for (std::size_t n = 0; n < none.started; ++n) {
        FailurePlan plan;
        plan.fail_at = n;
        run_failing(plan, cipher);
    }
}

TEST_CASE("a packet that cannot be sealed ends the session and wakes the program once",
          "[session][failure]") {
    FailurePlan plan;
    const FailingProvider provider(botan_provider(), plan);
    SftpStack stack;
    stack.client_provider = &provider;
    REQUIRE(stack.start());
    stack.pair.run();
    REQUIRE(stack.ready.good());
    Session& session = *stack.pair.client.session;
    stack.sftp->real_path(".", Reply<std::string>());
    REQUIRE(session.rx_commit(0, stack.pair.now));
    int wakes = 0;
    session.on_output([&] { ++wakes; });
    plan.fail_at = plan.started;
    std::array<ConstBuf, 4> slices{};
    for (int i = 0; i < 3; ++i) {
        CHECK(session.tx_slices(slices) == 0);
        static_cast<void>(session.rx_commit(0, stack.pair.now));
        CHECK(session.finished());
    }
    CHECK(wakes == 1);
}

namespace {

/// A run in which one allocation fails in the calls of one end's session.
void run_starved(StarvationPlan& plan, Role role) {
    SftpStack stack;
    stack.client_config->algorithms.kex = {"curve25519-sha256"};
    stack.client_config->algorithms.ciphers = {"aes256-gcm@openssh.com"};
    REQUIRE(stack.start());
    End& end = role == Role::client ? stack.pair.client : stack.pair.server;
    end.session = std::make_unique<StarvedSession>(std::move(end.session), plan);
    const Result<void> outcome = work(stack);
    if (plan.fail_at == AllocFailure::kNever) {
        REQUIRE(outcome);
        return;
    }
    INFO("allocation " << plan.fail_at << " of the "
                       << (role == Role::client ? "client" : "server"));
    REQUIRE(plan.failed());
    // Some memory is only nice to have.
    if (outcome) return;
    hang_up(stack.pair);
    // The channel alone may have ended, for want of memory for file data.
    CHECK(stack.sftp->ended());
    if (!stack.pair.client.session->finished()) {
        stack.pair.client.session->close(Disconnect::by_application, "done");
        hang_up(stack.pair);
    }
    CHECK(ended_with_reason(stack.pair.client, *stack.client_end));
    CHECK(ended_with_reason(stack.pair.server, *stack.server_end));
    CHECK(stack.sftp->pending() == 0);
}

}  // namespace

TEST_CASE("whichever allocation fails, the session ends and says why", "[session][failure]") {
    const Role role = GENERATE(Role::client, Role::server);
    StarvationPlan none;
    run_starved(none, role);
    CHECK(none.made > 100);
    for (std::size_t n = 0; n < none.made; ++n) {
        StarvationPlan plan;
        plan.fail_at = n;
        run_starved(plan, role);
    }
}
