// A server of two loops with all that its connections share, and sixteen clients at once that do
// what clients do. Of use above all in a build with ThreadSanitizer, which reports each access that
// is not ordered.
#include "site.hpp"
#include "visitor.hpp"

#include <catch2/catch_all.hpp>

#include <condition_variable>

namespace nacre::test {
namespace {

constexpr int kClients = 16;
/// What all of them write parts of, each its own.
constexpr const char* kShared = "/shared";
constexpr std::size_t kPart = 4096;

Error wrong(const char* what) {
    return {Errc::local_failed, Disconnect::none, 0, what};
}

Bytes content(int client, std::size_t size) {
    Bytes data(size);
    DetRng(static_cast<std::uint64_t>(client)).fill(data);
    return data;
}

/// What a client does with its own file, and with one of all.
Result<void> use_files(Visitor& visitor, int client, std::size_t size) {
    const std::string path = "/own" + std::to_string(client);
    const Bytes data = content(client, size);
    NACRE_CHECK(visitor.put(path, data));
    NACRE_TRY(const Bytes back, visitor.fetch(path));
    if (back != data) return wrong("another file came back");
    const std::size_t at = kPart * static_cast<std::size_t>(client);
    NACRE_CHECK(visitor.patch(kShared, at, content(client, kPart)));
    NACRE_TRY(const Bytes shared, visitor.fetch(kShared));
    if (shared.size() < at + kPart ||
        !same_bytes(ByteView(shared).subspan(at, kPart), content(client, kPart)))
        return wrong("another part came back");
    NACRE_TRY(const std::size_t names, visitor.list("/"));
    return names >= 3 ? Result<void>() : wrong("the list is too short");
}

Result<void> by_password(VisitorConfig config, Site&, int client) {
    config.password = Site::kPassword;
    Visitor visitor(config);
    NACRE_CHECK(visitor.log_in());
    NACRE_CHECK(use_files(visitor, client, 100'000));
    visitor.leave();
    return {};
}

Result<void> by_key_with_new_keys(VisitorConfig config, Site& site, int client) {
    config.key = site.memory_key();
    config.host_key = "rsa-sha2-256";
    config.rekey_bytes = 64 * 1024;
    Visitor visitor(config);
    NACRE_CHECK(visitor.log_in());
    site.renew_keys();
    NACRE_CHECK(use_files(visitor, client, 500'000));
    if (visitor.key_exchanges() < 3) return wrong("too few key exchanges");
    visitor.leave();
    return {};
}

Result<void> by_agent(VisitorConfig config, Site& site, int client) {
    config.key = site.agent_key();
    config.host_key = "ssh-ed25519";  // in an agent, too
    Visitor visitor(config);
    NACRE_CHECK(visitor.log_in());
    NACRE_CHECK(use_files(visitor, client, 10'000));
    visitor.leave();
    return {};
}

/// Nobody is let in, and for no other reason than that.
Result<void> refused(const VisitorConfig& config) {
    const auto came = Visitor(config).log_in();
    if (came) return wrong("a wrong user was taken");
    if (came.error().code == Errc::peer_refused) return {};
    return wrong("another reason than the login");
}

Result<void> by_wrong_password(VisitorConfig config, Site&, int) {
    config.password = "guessed";
    return refused(config);
}

Result<void> as_nobody(VisitorConfig config, Site& site, int) {
    config.user = "nobody";
    config.key = site.memory_key();
    config.host_key = "ecdsa-sha2-nistp256";
    return refused(config);
}

Result<void> gone_at_once(VisitorConfig config, Site&, int) {
    return Visitor(config).connect();
}

Result<void> gone_uploading(VisitorConfig config, Site& site, int client) {
    config.key = site.memory_key();
    Visitor visitor(config);
    NACRE_CHECK(visitor.log_in());
    return visitor.leave_uploading("/never" + std::to_string(client), 2'000'000);
}

Result<void> gone_downloading(VisitorConfig config, Site& site, int client) {
    config.key = site.memory_key();
    Visitor visitor(config);
    NACRE_CHECK(visitor.log_in());
    const std::string path = "/large" + std::to_string(client);
    NACRE_CHECK(visitor.put(path, content(client, 3'000'000)));
    return visitor.leave_downloading(path, 1'000'000);
}

struct Visit {
    const char* name;
    Result<void> (*run)(VisitorConfig, Site&, int client);
};
constexpr Visit kVisits[] = {
    {"by password", by_password},
    {"by key, with new keys", by_key_with_new_keys},
    {"with a wrong password", by_wrong_password},
    {"by a key in an agent", by_agent},
    {"gone at once", gone_at_once},
    {"gone uploading", gone_uploading},
    {"as nobody", as_nobody},
    {"gone downloading", gone_downloading},
};

/// Runs `client(number)` on sixteen threads; what they return, which is why they failed or "".
template <class F>
std::vector<std::string> at_once(F client) {
    std::vector<std::string> faults(kClients);
    std::vector<std::thread> threads;
    for (int i = 0; i < kClients; ++i)
        threads.emplace_back([&, i] { faults[static_cast<std::size_t>(i)] = client(i); });
    for (auto& thread : threads) thread.join();
    return faults;
}

TEST_CASE("sixteen clients at once are served on two threads") {
    Site site;
    const auto faults = at_once([&](int client) -> std::string {
        for (std::size_t i = 0; i < std::size(kVisits); ++i) {
            // Each begins with another one.
            const Visit& visit =
                kVisits[(i + static_cast<std::size_t>(client)) % std::size(kVisits)];
            VisitorConfig config;
            config.port = site.port();
            const auto done = visit.run(config, site, client);
            if (!done) return std::string(visit.name) + ": " + done.error().what;
            static_cast<void>(site.server().connections());
        }
        return {};
    });
    for (const auto& fault : faults) CHECK(fault == "");
    CHECK(site.log_lines() > std::size(kVisits) * kClients);
}

TEST_CASE("a server that is stopped ends sixteen clients at work") {
    Site site;
    std::mutex mutex;
    std::condition_variable one_more;
    int at_work = 0;
    // It may end while somebody still comes.
    std::thread stopper([&] {
        std::unique_lock lock(mutex);
        one_more.wait(lock, [&] { return at_work == kClients; });
        site.stop();
    });
    const auto faults = at_once([&](int client) -> std::string {
        const auto arrived = [&] {
            const std::lock_guard lock(mutex);
            ++at_work;
            one_more.notify_one();
        };
        VisitorConfig config;
        config.port = site.port();
        config.key = site.memory_key();
        Visitor visitor(config);
        const auto came = visitor.log_in();
        arrived();
        if (!came) return came.error().what;
        // Only the end of the session ends this, or a file that is not what was written.
        for (;;) {
            const auto done = use_files(visitor, client, 200'000);
            if (!done) return done.error().code == Errc::closed ? "" : done.error().what;
        }
    });
    stopper.join();
    site.wait();
    for (const auto& fault : faults) CHECK(fault == "");
    CHECK(site.server().connections() == 0);
}

}  // namespace
}  // namespace nacre::test
