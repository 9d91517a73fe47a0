#include "nacre-bench/soak_worker.hpp"
#include "support/sftp_client_harness.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::bench;
using namespace nacre::test;

namespace {

/// A worker and the server in memory that it works on.
struct Rig {
    explicit Rig(std::uint64_t seed)
        : worker(std::make_shared<SoakWorker>(botan_provider(), counts, "w-", seed)) {}

    /// Until so many operations are done, or one went wrong.
    void work(std::uint64_t operations) {
        const std::uint64_t enough = counts.operations + operations;
        worker->start(harness.client);
        while (counts.operations < enough && counts.errors + counts.mismatches == 0)
            harness.pair->step();
        worker->stop();
        harness.pair->run();
    }

    SoakCounts counts;
    SftpClientHarness harness;
    std::shared_ptr<SoakWorker> worker;
};

}  // namespace

TEST_CASE("a worker finds a good server good", "[bench]") {
    Rig rig(GENERATE(1U, 2U));
    rig.work(300);
    CHECK(rig.worker->idle());
    CHECK(rig.counts.operations >= 300);
    CHECK(rig.counts.errors == 0);
    CHECK(rig.counts.mismatches == 0);
    CHECK(rig.counts.bytes_written > 0);
    CHECK(rig.counts.bytes_read > 0);
    CHECK(rig.counts.first_error.empty());
}

TEST_CASE("a worker notices that somebody else wrote to its files", "[bench]") {
    Rig rig(3);
    rig.work(100);
    REQUIRE(rig.counts.mismatches == 0);
    sftp::OpenFlags flags;
    flags.write = true;
    for (std::size_t slot = 0; slot < SoakWorker::kFiles; ++slot) {
        const auto handle = rig.harness.open("w-" + std::to_string(slot), flags);
        static_cast<void>(rig.harness.done([&](auto reply) {
            rig.harness.client->write(handle, 0, as_bytes("tampered with"), std::move(reply));
        }));
    }
    rig.work(1000);
    CHECK(rig.counts.mismatches == 1);
    CHECK(rig.counts.errors == 0);
    CHECK(rig.counts.first_error.ends_with(": not what was written"));
}

TEST_CASE("a worker reports what the server refuses without reason", "[bench]") {
    Rig rig(4);
    rig.work(100);
    for (std::size_t slot = 0; slot < SoakWorker::kFiles; ++slot)
        static_cast<void>(rig.harness.done([&](auto reply) {
            rig.harness.client->remove("w-" + std::to_string(slot), std::move(reply));
        }));
    rig.work(1000);
    CHECK(rig.counts.errors == 1);
    CHECK(rig.counts.mismatches == 0);
}

TEST_CASE("a worker whose connection was cut goes on with the next one", "[bench]") {
    Rig rig(5);
    rig.work(50);
    rig.worker->start(rig.harness.client);
    CHECK_FALSE(rig.worker->idle());
    rig.worker->interrupt();
    rig.harness.pair->end(CloseReason::link_lost);
    CHECK(rig.worker->idle());
    CHECK(rig.counts.interrupted == 1);
    CHECK(rig.counts.errors == 0);

    SftpClientHarness other;
    rig.worker->start(other.client);
    CHECK_FALSE(rig.worker->idle());
    rig.worker->stop();
    other.pair->run();
    CHECK(rig.worker->idle());
}

TEST_CASE("a session that ends by itself is an error", "[bench]") {
    Rig rig(6);
    rig.work(50);
    rig.worker->start(rig.harness.client);
    rig.harness.pair->end(CloseReason::by_peer);
    CHECK(rig.worker->idle());
    CHECK(rig.counts.errors == 1);
}
