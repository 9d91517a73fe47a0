// A server that finds no memory to receive into waits for some, and not for ever.
#include "support/alloc_failure.hpp"
#include "unit/server/running_server.hpp"

#include <catch2/catch_all.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>

namespace nacre::test {
namespace {

using Catch::Matchers::ContainsSubstring;

/// The server's slabs; what a connection needs besides is smaller.
constexpr std::size_t kSlab = 40 * 1024;

/// Why the sessions of a server ended, from the server's thread.
class Ends {
  public:
    server::Config config() {
        server::Config made;
        made.service = [this](const server::Peer&, server::Loop&) {
            return server::Service{std::make_unique<OpenDoor>(), std::make_unique<EchoServer>(),
                                   std::make_unique<Observer>(*this)};
        };
        return made;
    }
    bool none() {
        const std::lock_guard lock(mutex_);
        return ends_.empty();
    }
    /// The next one.
    std::string next() {
        std::unique_lock lock(mutex_);
        const auto patience = std::chrono::milliseconds(kSocketPatience);
        if (!came_.wait_for(lock, patience, [this] { return !ends_.empty(); })) return "none";
        return std::exchange(ends_, {});
    }

  private:
    class Observer final : public SessionObserver {
      public:
        explicit Observer(Ends& ends) : ends_(ends) {}
        void on_close(const SessionInfo&, const CloseInfo& end) override {
            const std::lock_guard lock(ends_.mutex_);
            ends_.ends_ += end.error.what + (" " + end.text);
            ends_.came_.notify_one();
        }

      private:
        Ends& ends_;
    };

    std::mutex mutex_;
    std::condition_variable came_;
    std::string ends_;
};

}  // namespace

TEST_CASE("a connection without memory to receive into is ended after a while", "[shortage]") {
    Ends ends;
    server::Config config = ends.config();
    config.limits.penalties.no_auth = config.limits.penalties.min = std::chrono::seconds(60);
    config.limits.penalties.exempt.clear();
    Running running(std::move(config));
    {
        const ShortageElsewhere shortage(0, SIZE_MAX, kSlab);
        Socket client(running.port);
        client.write("SSH-2.0-client\r\n");
        CHECK_THAT(ends.next(), ContainsSubstring("no memory to receive into"));
        CHECK(shortage.made() > 10);
        // It looks from time to time: it does not spin.
        CHECK(shortage.made() < 1000);
    }
    // It was no fault of the client's, and there is memory again.
    Socket next(running.port);
    CHECK(next.read().starts_with("SSH-2.0-"));
    next.write("SSH-1.0-client\r\n");
    CHECK_THAT(ends.next(), ContainsSubstring("does not speak SSH"));
}

TEST_CASE("a connection goes on when there is memory to receive into again", "[shortage]") {
    Ends ends;
    Running running(ends.config());
    std::optional<ShortageElsewhere> shortage(std::in_place, 0, SIZE_MAX, kSlab);
    Socket client(running.port);
    client.write("SSH-1.0-client\r\n");
    while (shortage->made() < 6) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    shortage.reset();
    CHECK_THAT(ends.next(), ContainsSubstring("does not speak SSH"));
}

TEST_CASE("a connection waits for memory while another one makes use of its own", "[shortage]") {
    Ends ends;
    Running running(ends.config());
    Socket user(running.port);
    CHECK(user.read().starts_with("SSH-2.0-"));
    user.write("SSH-2.0-");
    // Time to receive that, as long as there is memory.
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const ShortageElsewhere shortage(0, SIZE_MAX, kSlab);
    Socket waiting(running.port);
    waiting.write("SSH-2.0-client\r\n");
    for (int i = 0; i < 20; ++i) {
        user.write("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    CHECK(ends.none());
    // Nobody makes use of any now.
    CHECK_THAT(ends.next(), ContainsSubstring("no memory to receive into"));
}

}  // namespace nacre::test
