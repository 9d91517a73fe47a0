#include "support/deferring_filesystem.hpp"
#include "support/hex.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Log = std::vector<std::string>;

/// A server whose files answer late, with /a and /b open.
struct Late {
    std::shared_ptr<DeferringFilesystem> filesystem = std::make_shared<DeferringFilesystem>();
    SftpServerHarness s;
    std::string a, b;

    explicit Late(sftp::ServerConfig config = {}) : s(filesystem, config) {
        s.init();
        a = s.open("a", kRead | kWrite | kCreate);
        b = s.open("b", kRead | kWrite | kCreate);
        s.status(sftp_write(1, a, 0, std::string(100, 'a')));
        gate().deferred = true;
    }
    OperationGate& gate() { return filesystem->gate(); }
    std::vector<std::uint32_t> ids() {
        std::vector<std::uint32_t> all;
        for (const auto& reply : s.replies()) all.push_back(reply.id);
        return all;
    }
};

}  // namespace

TEST_CASE("reads and disjoint writes are under way together, answered in the order they came",
          "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 60, 10));
    t.s.send(sftp_read(2, t.a, 65, 10));
    t.s.send(sftp_write(3, t.a, 50, "x"));
    t.s.send(sftp_write(4, t.b, 0, "y"));
    CHECK(t.gate().waiting() == Log{"read a 60+10", "read a 65+10", "write a 50+1", "write b 0+1"});
    t.gate().release(3);
    t.gate().release(1);
    CHECK(t.ids().empty());
    t.gate().release(0);
    CHECK(t.ids() == std::vector<std::uint32_t>{1, 2});
    t.gate().release(0);
    CHECK(t.ids() == std::vector<std::uint32_t>{3, 4});
    CHECK(t.s.port.credited == t.s.fed);
}

TEST_CASE("an overlapping read waits for the write, an overlapping write for both",
          "[sftp][order]") {
    Late t;
    t.s.send(sftp_write(1, t.a, 10, "0123456789"));
    t.s.send(sftp_read(2, t.a, 19, 10));
    CHECK(t.gate().waiting() == Log{"write a 10+10"});
    t.gate().release();
    CHECK(t.gate().waiting() == Log{"read a 19+10"});
    t.s.send(sftp_write(3, t.a, 28, "z"));
    CHECK(t.gate().waiting() == Log{"read a 19+10"});
    t.s.send(sftp_read(4, t.b, 0, 1));
    CHECK(t.gate().waiting().size() == 1);
    t.gate().release();
    CHECK(t.gate().waiting() == Log{"write a 28+1", "read b 0+1"});
    t.gate().release_all();
    CHECK(t.ids() == std::vector<std::uint32_t>{1, 2, 3, 4});
}

TEST_CASE("neighbours do not overlap", "[sftp][order]") {
    Late t;
    t.s.send(sftp_write(1, t.a, 10, "0123456789"));
    t.s.send(sftp_write(2, t.a, 30, "x"));
    t.s.send(sftp_read(3, t.a, 31, 10));
    CHECK(t.gate().waiting().size() == 3);
}

TEST_CASE("a write behind what is read may make the file longer", "[sftp][order]") {
    // What a READ finds at the end depends on it, on one handle or on two of the same file.
    Late t;
    t.gate().deferred = false;
    const auto again = t.s.open("a", kRead | kWrite);
    t.gate().deferred = true;
    const auto& reader = GENERATE(true, false) ? t.a : again;
    SECTION("first the read") {
        t.s.send(sftp_read(1, reader, 100, 10));
        t.s.send(sftp_write(2, t.a, 200, "x"));
        CHECK(t.gate().waiting() == Log{"read a 100+10"});
    }
    SECTION("first the write") {
        t.s.send(sftp_write(1, t.a, 200, "x"));
        t.s.send(sftp_read(2, reader, 100, 10));
        CHECK(t.gate().waiting() == Log{"write a 200+1"});
    }
    SECTION("or the size that is set, by handle or path") {
        t.s.send(sftp_read(1, reader, 0, 10));
        const Bytes size = from_hex("00000001 0000000000000000");
        const bool by_path = GENERATE(true, false);
        t.s.send(sftp_message(by_path ? 9 : 10, 2,
                              SftpFields() << (by_path ? std::string("a") : t.a) << size));
        CHECK(t.gate().waiting() == Log{"read a 0+10"});
    }
    t.gate().release_all();
    CHECK(t.ids() == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("paths come one at a time and after all writes", "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 0, 10));
    t.s.send(sftp_write(2, t.b, 0, "y"));
    t.s.send(sftp_simple(17, 3, "/a"));
    t.s.send(sftp_simple(17, 4, "/b"));
    CHECK(t.gate().waiting() == Log{"read a 0+10", "write b 0+1"});
    t.gate().release(1);
    CHECK(t.gate().waiting() == Log{"read a 0+10", "stat /a"});
    t.s.send(sftp_read(5, t.a, 0, 1));
    CHECK(t.gate().waiting().size() == 2);
    t.gate().release(1);
    CHECK(t.gate().waiting() == Log{"read a 0+10", "stat /b"});
    t.gate().release(1);
    CHECK(t.gate().waiting() == Log{"read a 0+10", "read a 0+1"});
    t.gate().release_all();
    CHECK(t.ids() == std::vector<std::uint32_t>{1, 2, 3, 4, 5});
}

TEST_CASE("a request on a handle waits for the reads of that handle only", "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 0, 10));
    t.s.send(sftp_simple(8, 2, t.b));
    CHECK(t.gate().waiting() == Log{"read a 0+10", "fstat b"});
    t.gate().release(1);
    t.s.send(sftp_simple(8, 3, t.a));
    CHECK(t.gate().waiting() == Log{"read a 0+10"});
    t.gate().release();
    CHECK(t.gate().waiting() == Log{"fstat a"});
    t.gate().release();
    CHECK(t.ids() == std::vector<std::uint32_t>{1, 2, 3});
}

TEST_CASE("CLOSE answers last for its handle, and the handle is gone for what follows",
          "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 60, 10));
    t.s.send(sftp_write(2, t.a, 50, "x"));
    t.s.send(sftp_close(3, t.a));
    t.s.send(sftp_read(4, t.a, 0, 10));
    CHECK(t.gate().waiting() == Log{"read a 60+10", "write a 50+1"});
    t.gate().release(1);
    CHECK(t.gate().waiting() == Log{"read a 60+10"});
    t.gate().release();
    CHECK(t.gate().waiting() == Log{"close a"});
    t.gate().fail(0, sftp::Status::no_space_on_filesystem);
    const auto replies = t.s.replies();
    REQUIRE(replies.size() == 4);
    for (std::uint32_t i = 0; i < 4; ++i) CHECK(replies[i].id == i + 1);
    CHECK(replies[2].status() == 4);
    CHECK(replies[3].status() == 4);
}

TEST_CASE("copy-data waits for both its handles", "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 0, 10));
    t.s.send(sftp_read(2, t.b, 0, 10));
    t.s.send(sftp_extended(
        3, "copy-data",
        SftpFields() << t.a << std::uint64_t{0} << std::uint64_t{0} << t.b << std::uint64_t{0}));
    t.gate().release();
    CHECK(t.gate().waiting() == Log{"read b 0+10"});
    t.gate().release();
    CHECK(t.gate().waiting() == Log{"copy a b"});
    t.gate().release();
    CHECK(t.s.replies().back().status() == 0);
}

TEST_CASE("requests beyond the limit get no credit before others are done", "[sftp][order]") {
    sftp::ServerConfig config;
    config.max_requests = 4;
    Late t(config);
    const auto before = t.s.fed;
    CHECK(t.s.port.credited == before);
    Bytes all;
    for (std::uint32_t i = 0; i < 10; ++i) append(all, sftp_read(i, t.a, i, 1));
    t.s.send(all);
    CHECK(t.gate().waiting().size() == 4);
    CHECK(t.s.port.credited == before);
    t.gate().release();
    CHECK(t.gate().waiting().size() == 4);
    CHECK(t.s.port.credited == before + all.size() / 10);
    t.gate().release_all();
    CHECK(t.s.replies().size() == 10);
    CHECK(t.s.port.credited == t.s.fed);
}

TEST_CASE("an answer that waits for its turn counts against both limits", "[sftp][order]") {
    sftp::ServerConfig config;
    config.max_requests = 4;
    SECTION("of requests") {}
    SECTION("of output: three replies of 40 bytes with what surrounds them") {
        config.max_requests = 100;
        config.output_budget = 120;
    }
    Late t(config);
    Bytes all;
    for (std::uint32_t i = 0; i < 10; ++i) append(all, sftp_read(i, t.a, 0, 40));
    t.s.send(all);
    const std::size_t most = t.gate().waiting().size();
    CHECK(most < 5);
    while (t.gate().waiting().size() > 1) t.gate().release(1);
    CHECK(t.s.replies().empty());
    CHECK(t.gate().waiting().size() == 1);
    t.gate().release_all();
    CHECK(t.ids() == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(t.s.port.credited == t.s.fed);
}

TEST_CASE("a dropped reply is a failure", "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 0, 10));
    t.s.send(sftp_write(2, t.a, 50, "x"));
    t.s.send(sftp_simple(17, 3, "/a"));
    t.gate().drop();
    t.gate().drop();
    t.gate().drop();
    const auto replies = t.s.replies();
    REQUIRE(replies.size() == 3);
    for (const auto& reply : replies) CHECK(reply.status() == 4);
    CHECK(replies[0].text() == "Failure");
}

TEST_CASE("answers after the channel is gone do nothing", "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 0, 10));
    t.s.send(sftp_write(2, t.b, 0, "x"));
    t.s.send(sftp_simple(17, 3, "/a"));
    t.s.server->on_close(CloseReason::link_lost);
    const auto credited = t.s.port.credited;
    SECTION("the server still exists") {}
    SECTION("or not") {
        t.s.server.reset();
    }
    t.gate().release_all();
    CHECK(t.s.replies().empty());
    CHECK(t.s.port.credited == credited);
    CHECK(t.s.observer->closed.size() == 2);
    CHECK(t.s.observer->closed[0].why == sftp::HandleEnd::link_lost);
    CHECK(t.gate().ended);
}

TEST_CASE("what could not be kept of a file left open is told, whoever is gone by then",
          "[sftp][order]") {
    Late t;
    t.s.server->on_close(CloseReason::link_lost);
    const auto observer = t.s.observer;
    REQUIRE(t.gate().waiting() == Log{"close a", "close b"});
    CHECK(observer->lost.empty());
    SECTION("the server still exists") {}
    SECTION("or not") {
        t.s.server.reset();
    }
    // Nothing was written to b.
    t.gate().fail(1, sftp::Status::failure);
    CHECK(observer->lost.empty());
    SECTION("lost") {
        t.gate().fail(0, sftp::Status::no_space_on_filesystem);
        REQUIRE(observer->lost.size() == 1);
        CHECK(observer->lost[0].first == "a");
        CHECK(observer->lost[0].second == sftp::Status::no_space_on_filesystem);
    }
    SECTION("kept") {
        t.gate().release(0);
        CHECK(observer->lost.empty());
    }
}

TEST_CASE("EOF of the client waits for what is under way", "[sftp][order]") {
    Late t;
    t.s.send(sftp_read(1, t.a, 0, 10));
    t.s.send(sftp_simple(17, 2, "/a"));
    t.s.server->on_eof();
    CHECK(t.s.port.events.empty());
    t.gate().release();
    t.gate().deferred = false;
    t.gate().release();
    CHECK(t.ids() == std::vector<std::uint32_t>{1, 2});
    CHECK(t.s.port.events == Log{"exit-status 0", "eof", "close"});
    CHECK(t.gate().log.back() == "close b");
}

TEST_CASE("the n-th operation fails, for every n: one reply each, nothing is lost",
          "[sftp][order]") {
    for (std::size_t n = 0;; ++n) {
        for (const bool drop : {false, true}) {
            auto filesystem = std::make_shared<DeferringFilesystem>();
            (drop ? filesystem->gate().drop_at : filesystem->gate().fail_at) = n;
            SftpServerHarness s(filesystem);
            s.init();
            Bytes all;
            append(all, sftp_message(14, 1, SftpFields() << "/d" << kNoAttrs));
            append(all, sftp_open(2, "/d/f", kRead | kWrite | kCreate));
            s.send(all);
            const auto first = s.replies();
            REQUIRE(first.size() == 2);
            const std::string f = first[1].type == 102 ? first[1].string() : "none";
            all.clear();
            append(all, sftp_write(3, f, 0, "abc"));
            append(all, sftp_write(4, f, 3, "def"));
            append(all, sftp_read(5, f, 0, 6));
            append(all, sftp_simple(8, 6, f));
            append(all, sftp_message(10, 7, SftpFields() << f << kNoAttrs));
            append(all, sftp_extended(8, "fsync@openssh.com", SftpFields() << f));
            append(all, sftp_extended(9, "fstatvfs@openssh.com", SftpFields() << f));
            append(all, sftp_extended(10, "statvfs@openssh.com", SftpFields() << "/"));
            append(all, sftp_extended(11, "expand-path@openssh.com", SftpFields() << "~/x"));
            append(all, sftp_extended(12, "home-directory", SftpFields() << ""));
            append(all, sftp_extended(13, "users-groups-by-id@openssh.com",
                                      SftpFields() << std::string(4, '\0') << ""));
            append(all, sftp_close(14, f));
            append(all, sftp_simple(11, 15, "/d"));
            append(all, sftp_message(18, 16,
                                     SftpFields() << "/d/f"
                                                  << "/d/g"));
            append(all, sftp_message(20, 17,
                                     SftpFields() << "g"
                                                  << "/d/l"));
            append(all, sftp_simple(19, 18, "/d/l"));
            append(all, sftp_simple(13, 19, "/d/g"));
            append(all, sftp_simple(15, 20, "/d"));
            s.send(all);
            CHECK(s.replies().size() == 18);
            CHECK(s.port.credited == s.fed);
            s.server->on_eof();
            CHECK(s.port.status == 0u);
            if (filesystem->gate().started <= n) return;
        }
    }
}
