// What the threads of a server share they share for each login and each file, never for each
// packet.
#include "site.hpp"
#include "support/lock_count.hpp"
#include "visitor.hpp"

#include <catch2/catch_all.hpp>

#include <array>
#include <condition_variable>

namespace nacre::test {
namespace {

constexpr std::size_t kClients = 2;  // and loops
/// Of 32 KiB each, in each of the transfers.
constexpr std::size_t kPackets = 1'000;

/// Where all clients wait for each other, and the counts are read.
class Meeting {
  public:
    void wait() {
        std::unique_lock lock(mutex_);
        const std::size_t round = here_++ / kClients;
        if (here_ % kClients == 0) {
            counts_.push_back(locks().handed_over);
            condition_.notify_all();
        }
        condition_.wait(lock, [&] { return here_ / kClients > round; });
    }
    const std::vector<std::size_t>& counts() const { return counts_; }

  private:
    std::mutex mutex_;
    std::condition_variable condition_;
    std::size_t here_ = 0;
    std::vector<std::size_t> counts_;
};

Result<void> transfer(const VisitorConfig& config, const std::string& path, const Bytes& data,
                      Meeting& meeting) {
    Visitor visitor(config);
    const auto came = visitor.log_in();
    meeting.wait();
    const auto put = came ? visitor.put(path, data) : came;
    meeting.wait();
    const auto back = put ? visitor.fetch(path) : put.error();
    meeting.wait();
    NACRE_CHECK(back);
    if (*back != data) return Error{Errc::local_failed, Disconnect::none, 0, "other data"};
    return {};
}

}  // namespace

TEST_CASE("server: no lock goes from thread to thread for each packet") {
    leave_out_this_thread();
    Site site;
    VisitorConfig config;
    config.port = site.port();
    config.key = site.memory_key();
    config.host_key = "ecdsa-sha2-nistp256";

    Meeting meeting;
    std::array<Result<void>, kClients> ended;
    std::array<std::thread, kClients> clients;
    const std::size_t before = locks().handed_over;
    for (std::size_t i = 0; i < kClients; ++i) {
        clients[i] = std::thread([&, i] {
            leave_out_this_thread();
            const Bytes data = DetRng(i).bytes(kPackets * 32 * 1024);
            ended[i] = transfer(config, "/file" + std::to_string(i), data, meeting);
        });
    }
    for (auto& client : clients) client.join();
    for (const auto& end : ended) REQUIRE(end);

    const auto& at = meeting.counts();
    REQUIRE(at.size() == 3);
    const std::size_t logins = at[0] - before, puts = at[1] - at[0], gets = at[2] - at[1];
    CAPTURE(logins, puts, gets, locks().taken);
    // It does count: another thread reads the keys that may log in.
    CHECK(logins >= kClients);
    // What the kernel has is read where the request came.
    CHECK(gets < kClients * kPackets / 50);
    // A file that grows is written by other threads, whatever has come at a time, and the quota is
    // one for all: how often depends on how fast the client is.
    CHECK(puts > 0);
}

}  // namespace nacre::test
