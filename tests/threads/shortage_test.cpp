// A whole server whose threads find no memory, at every place in turn: what it does not do it says,
// what it does is right, and it serves whoever comes next.
#include "site.hpp"
#include "support/alloc_failure.hpp"
#include "visitor.hpp"

#include <catch2/catch_all.hpp>

#include <chrono>

namespace nacre::test {
namespace {

struct Visit {
    Site site;
    const Bytes data = DetRng(1).bytes(70'000);

    VisitorConfig config() const {
        VisitorConfig made;
        made.port = site.port();
        made.key = site.memory_key();
        // Agents are threads of the test.
        made.host_key = "ecdsa-sha2-nistp256";
        return made;
    }

    /// A login with a password, a file up and down, new keys, a list. Whether what came back was
    /// right; an error says that the server could not.
    Result<bool> by_password() const {
        VisitorConfig with = config();
        with.key = nullptr;
        with.password = Site::kPassword;
        with.rekey_bytes = 64 * 1024;
        return work(with);
    }
    Result<bool> by_key() const { return work(config()); }

  private:
    Result<bool> work(const VisitorConfig& with) const {
        Visitor visitor(with);
        NACRE_CHECK(visitor.log_in());
        NACRE_CHECK(visitor.put("/file", data));
        NACRE_TRY(const Bytes back, visitor.fetch("/file"));
        NACRE_TRY(const std::size_t names, visitor.list("/"));
        visitor.leave();
        return back == data && names == 3;
    }
};

void wait_for_nobody(Site& site) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (site.server().connections() != 0 && std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
    REQUIRE(site.server().connections() == 0);
}

using Act = Result<bool> (Visit::*)() const;

/// Every `step`th allocation of a visit fails, and `count - 1` after it.
void starve(Visit& visit, Act act, std::size_t step, std::size_t count) {
    std::size_t failed = 0, served = 0;
    for (std::size_t first = 0;; first += step) {
        INFO("from allocation " << first << ", " << count << " of them");
        std::size_t made = 0;
        {
            const ShortageElsewhere shortage(first, count);
            const auto right = (visit.*act)();
            if (right) CHECK(*right);
            right ? ++served : ++failed;
            made = shortage.made();
        }
        if (first % 16 == 0) {
            const auto right = (visit.*act)();
            REQUIRE(right);
            CHECK(*right);
            wait_for_nobody(visit.site);
        }
        if (made < first) break;
    }
    // Most of them are somebody's, and that one hears of it.
    CHECK(failed > served / 2);
    CHECK(served > 0);
}

}  // namespace

TEST_CASE("every allocation of a server fails in turn", "[shortage]") {
    Visit visit;
    // What is made once.
    REQUIRE(visit.by_key());
    const Act act = GENERATE(&Visit::by_key, &Visit::by_password);
    const std::size_t count = GENERATE(1U, 30U);
    starve(visit, act, count == 1 ? 1 : 7, count);
    wait_for_nobody(visit.site);
}

TEST_CASE("a server without any memory serves again when there is some", "[shortage]") {
    Visit visit;
    REQUIRE(visit.by_key());
    {
        const ShortageElsewhere shortage(0, SIZE_MAX);
        for (int i = 0; i < 20; ++i) CHECK_FALSE(visit.by_key());
    }
    const auto right = visit.by_key();
    REQUIRE(right);
    CHECK(*right);
    wait_for_nobody(visit.site);
}

TEST_CASE("a server without any memory can be stopped", "[shortage]") {
    Visit visit;
    Visitor visitor(visit.config());
    REQUIRE(visitor.log_in());
    const ShortageElsewhere shortage(0, SIZE_MAX);
    visit.site.stop();
    visit.site.wait();
    CHECK(visit.site.server().connections() == 0);
}

}  // namespace nacre::test
