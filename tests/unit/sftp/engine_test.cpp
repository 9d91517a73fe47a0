#include "support/hex.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Events = std::vector<std::string>;
const Events kOrderly{"exit-status 0", "eof", "close"};
const Events kBroken{"exit-status 1", "eof", "close"};

}  // namespace

TEST_CASE("open, write, read, stat, list and close", "[sftp]") {
    SftpServerHarness s;
    s.init();
    const auto file = s.open("/a", kRead | kWrite | kCreate);
    CHECK(s.status(sftp_write(1, file, 0, "hello")) == 0);
    CHECK(s.ask(sftp_read(2, file, 0, 100)).string() == "hello");
    CHECK(s.ask(sftp_read(3, file, 1, 3)).string() == "ell");
    CHECK(s.status(sftp_read(4, file, 5, 3)) == 1);
    const auto attrs = s.ask(sftp_simple(17, 5, "/a"));
    CHECK(attrs.type == 105);
    CHECK(to_hex(attrs.fields) ==
          "0000000f00000000000000050000000000000000000081a4"
          "0000000000000000");
    CHECK(s.ask(sftp_simple(8, 6, file)).fields == attrs.fields);
    CHECK(s.status(sftp_close(7, file)) == 0);
    CHECK(s.status(sftp_close(8, file)) == 4);

    const auto folder = s.open_directory("/");
    CHECK(s.ask(sftp_simple(12, 9, folder)).names() == std::vector<std::string>{".", "..", "a"});
    CHECK(s.status(sftp_simple(12, 10, folder)) == 1);
    CHECK(s.status(sftp_close(11, folder)) == 0);
    CHECK(s.port.credited == s.fed);
}

TEST_CASE("INIT of any version is answered with ours", "[sftp]") {
    for (const std::uint32_t version : {0u, 1u, 2u, 3u, 4u, 6u, 0xffff'ffffu}) {
        SftpServerHarness s;
        s.send(sftp_init(version));
        const auto agreed = std::clamp(version, 3u, 6u);
        CHECK(load_be32(s.port.sent.data() + 5) == agreed);
        CHECK(s.observer->client_version == version);
        CHECK(s.observer->negotiated == agreed);
        s.port.sent.clear();
        // Clients older than 3 know no text in STATUS.
        CHECK(s.ask(sftp_close(1, "none")).fields.size() == (version < 3 ? 4 : 4 + 4 + 14 + 4));
    }
}

TEST_CASE("a second INIT fails and changes nothing", "[sftp]") {
    SftpServerHarness s;
    s.init();
    CHECK(s.status(sftp_init()) == 4);
    CHECK(s.ask(sftp_simple(16, 1, ".")).names() == Events{"/"});
}

TEST_CASE("extensions of a client are ignored", "[sftp]") {
    SftpServerHarness s;
    s.send(sftp_message(1, 3,
                        SftpFields() << "name"
                                     << "data"));
    CHECK(take_replies(s.port.sent).size() == 1);
    CHECK(s.port.events.empty());
}

TEST_CASE("broken streams end the channel with status 1 and name the rule", "[sftp]") {
    const auto ends = [](const Bytes& bytes, Errc code, bool init = true) {
        SftpServerHarness s;
        if (init) s.init();
        const auto file = init ? s.open("a", kWrite | kCreate) : std::string();
        s.send(bytes);
        CHECK(s.port.events == kBroken);
        REQUIRE(s.observer->ends.size() == 1);
        CHECK(s.observer->ends[0].code == code);
        CHECK(std::string(s.observer->ends[0].what).size() > 10);
        CHECK(s.observer->closed.size() == (init ? 1 : 0));
        // Nothing is done any more, but credit goes on.
        const auto credited = s.port.credited;
        s.send(sftp_simple(14, 1, "/new"));
        CHECK(s.replies().empty());
        CHECK(s.port.credited > credited);
        s.server->on_eof();
        CHECK(s.port.events == kBroken);
    };
    ends(from_hex("ffffffff"), Errc::peer_limit);
    ends(from_hex("00040001"), Errc::peer_limit);
    ends(from_hex("00000000"), Errc::peer_malformed);
    ends(from_hex("00000001 04"), Errc::peer_malformed);
    ends(sftp_simple(17, 1, "/"), Errc::peer_misbehaved, false);
    ends(sftp_write(1, "h", 0, "x"), Errc::peer_misbehaved, false);
}

TEST_CASE("EOF ends in order, or says that something is missing", "[sftp]") {
    SftpServerHarness s;
    SECTION("at once") {
        s.server->on_eof();
        CHECK(s.port.events == kOrderly);
    }
    SECTION("after INIT") {
        s.init();
        s.server->on_eof();
        CHECK(s.port.events == kOrderly);
        REQUIRE(s.observer->ends.size() == 1);
        CHECK(s.observer->ends[0].code == Errc::closed);
    }
    SECTION("with requests in the same batch") {
        s.init();
        s.feed(sftp_open(1, "a", kWrite | kCreate));
        s.feed(sftp_simple(17, 2, "/a"));
        s.server->on_eof();
        CHECK(s.replies().size() == 2);
        CHECK(s.port.events == kOrderly);
        REQUIRE(s.observer->closed.size() == 1);
        CHECK(s.observer->closed[0].why == sftp::HandleEnd::by_client);
    }
    SECTION("inside a message") {
        s.init();
        s.send(from_hex("0000"));
        s.server->on_eof();
        CHECK(s.port.events == kBroken);
        CHECK(s.observer->ends[0].code == Errc::peer_malformed);
    }
}

TEST_CASE("the observer learns what went through a handle", "[sftp]") {
    SftpServerHarness s;
    s.init();
    const auto file = s.open("/a", kRead | kWrite | kCreate);
    s.status(sftp_write(1, file, 0, "hello"));
    s.ask(sftp_read(2, file, 0, 3));
    s.ask(sftp_read(3, file, 0, 3));
    s.status(sftp_close(4, file));
    REQUIRE(s.observer->closed.size() == 1);
    CHECK(s.observer->closed[0].path == "/a");
    CHECK(s.observer->closed[0].read == 6);
    CHECK(s.observer->closed[0].written == 5);
    CHECK(s.observer->closed[0].why == sftp::HandleEnd::closed);
}

TEST_CASE("open handles are bounded, and are counted down again", "[sftp]") {
    sftp::ServerConfig config;
    config.max_handles = 3;
    SftpServerHarness s(sftp::make_memory_filesystem(), config);
    s.init();
    const auto first = s.open("a", kWrite | kCreate);
    s.open("a", kRead);
    s.open_directory("/");
    const auto refused = s.ask(sftp_open(1, "a", kRead));
    CHECK(refused.status() == 4);
    CHECK(refused.text() == "too many open handles");
    CHECK(s.ask(sftp_simple(11, 2, "/")).text() == "too many open handles");
    CHECK(s.status(sftp_close(3, first)) == 0);
    s.open("a", kRead);
}

TEST_CASE("handles are of their kind", "[sftp]") {
    SftpServerHarness s;
    s.init();
    const auto file = s.open("a", kRead | kWrite | kCreate);
    const auto folder = s.open_directory("/");
    CHECK(s.status(sftp_simple(12, 1, file)) == 4);
    CHECK(s.status(sftp_read(2, folder, 0, 1)) == 4);
    CHECK(s.status(sftp_write(3, folder, 0, "x")) == 4);
    CHECK(s.status(sftp_extended(5, "fsync@openssh.com", SftpFields() << folder)) == 4);
    CHECK(s.status(sftp_close(6, folder)) == 0);
    CHECK(s.status(sftp_simple(12, 7, folder)) == 4);
    CHECK(s.status(sftp_close(8, "")) == 4);
    CHECK(s.status(sftp_close(9, std::string(256, 'x'))) == 4);
}

TEST_CASE("a directory comes in pages of at most 100 names and 34000 bytes", "[sftp]") {
    SftpServerHarness s;
    s.init();
    std::vector<std::string> expected{".", ".."};
    for (int i = 100; i < 350; ++i) {
        expected.push_back(std::string(200, 'n') + std::to_string(i));
        s.status(sftp_close(1, s.open(expected.back(), kWrite | kCreate)));
    }
    const auto folder = s.open_directory("");
    std::vector<std::string> names;
    std::size_t pages = 0;
    while (true) {
        const auto reply = s.ask(sftp_simple(12, 2, folder));
        if (reply.type == 101) {
            CHECK(reply.status() == 1);
            break;
        }
        ++pages;
        CHECK(reply.fields.size() <= 34'000);
        const auto page = reply.names();
        CHECK(page.size() <= 100);
        CHECK(!page.empty());
        names.insert(names.end(), page.begin(), page.end());
    }
    CHECK(names == expected);
    CHECK(pages > 3);
    CHECK(s.status(sftp_simple(12, 3, folder)) == 1);
}

TEST_CASE("paths that no file system may see", "[sftp]") {
    SftpServerHarness s;
    s.init();
    const std::string nul("a\0b", 3), longer(4097, 'x');
    for (const auto& bad : {nul, longer}) {
        for (const std::uint8_t type :
             std::initializer_list<std::uint8_t>{7, 11, 13, 15, 16, 17, 19})
            CHECK(s.status(sftp_simple(type, 1, bad)) == 5);
        CHECK(s.status(sftp_open(2, bad, kWrite | kCreate)) == 5);
        CHECK(s.status(sftp_message(14, 3, SftpFields() << bad << kNoAttrs)) == 5);
        CHECK(s.status(sftp_message(18, 4, SftpFields() << bad << "x")) == 5);
        CHECK(s.status(sftp_message(18, 5, SftpFields() << "x" << bad)) == 5);
        CHECK(s.status(sftp_message(20, 6, SftpFields() << bad << "x")) == 5);
        CHECK(s.status(sftp_message(20, 7, SftpFields() << "x" << bad)) == 5);
        CHECK(s.status(sftp_extended(8, "hardlink@openssh.com", SftpFields() << "x" << bad)) == 5);
        CHECK(s.status(sftp_extended(9, "home-directory", SftpFields() << bad)) == 5);
    }
}

TEST_CASE("a session of OpenSSH's client", "[sftp]") {
    // sftp: pwd, mkdir d, put f d/f, ls -l d, rename d/f d/g, get d/g, ln -s g d/l, rm, rmdir.
    SftpServerHarness s;
    s.send(sftp_init());
    CHECK(s.port.sent.size() > 100);
    s.port.sent.clear();
    const auto limits = s.ask(sftp_extended(0, "limits@openssh.com", {}));
    CHECK(to_hex(limits.fields) ==
          "0000000000040000000000000003fc00000000000003fc000000000000000400");
    CHECK(s.ask(sftp_simple(16, 1, ".")).names() == Events{"/"});
    CHECK(s.status(sftp_message(14, 2, SftpFields() << "/d" << from_hex("00000004 000001ff"))) ==
          0);
    CHECK(s.status(sftp_simple(17, 3, "/d/f")) == 2);
    const auto put = s.ask(sftp_message(
        3, 4, SftpFields() << "/d/f" << std::uint32_t{0x1a} << from_hex("00000004 000081a4")));
    const auto w = put.string();
    CHECK(s.status(sftp_write(5, w, 0, "contents")) == 0);
    CHECK(s.status(sftp_message(10, 6, SftpFields() << w << from_hex("00000004 000081a4"))) == 0);
    CHECK(s.status(sftp_close(7, w)) == 0);
    CHECK(s.status(sftp_extended(8, "posix-rename@openssh.com",
                                 SftpFields() << "/d/f"
                                              << "/d/g")) == 0);
    const auto r = s.open("/d/g", kRead);
    CHECK(s.ask(sftp_read(9, r, 0, 261'120)).string() == "contents");
    CHECK(s.status(sftp_read(10, r, 8, 261'120)) == 1);
    CHECK(s.status(sftp_close(11, r)) == 0);
    // The target first.
    CHECK(s.status(sftp_message(20, 12,
                                SftpFields() << "g"
                                             << "/d/l")) == 0);
    CHECK(s.ask(sftp_simple(19, 13, "/d/l")).names() == Events{"g"});
    CHECK(s.ask(sftp_simple(16, 14, "/d/l")).names() == Events{"/d/g"});
    CHECK(s.status(sftp_simple(15, 15, "/d")) == 4);
    CHECK(s.status(sftp_simple(13, 16, "/d/l")) == 0);
    CHECK(s.status(sftp_simple(13, 17, "/d/g")) == 0);
    CHECK(s.status(sftp_simple(15, 18, "/d")) == 0);
    s.server->on_eof();
    CHECK(s.port.events == kOrderly);
    CHECK(s.port.credited == s.fed);
}

TEST_CASE("the same bytes in any pieces give the same replies", "[sftp]") {
    Bytes stream = sftp_init();
    append(stream, sftp_open(1, "a", kRead | kWrite | kCreate));
    append(stream, sftp_simple(17, 2, "/a"));
    append(stream, sftp_message(14, 3, SftpFields() << "/d" << kNoAttrs));
    append(stream, sftp_simple(11, 4, "/"));
    append(stream, sftp_message(200, 5, SftpFields() << "unknown"));
    const auto run = [&](std::size_t step) {
        SftpServerHarness s;
        for (std::size_t at = 0; at < stream.size(); at += step)
            s.send(ByteView(stream).subspan(at, std::min(step, stream.size() - at)));
        CHECK(s.port.credited == s.fed);
        return to_hex(s.port.sent);
    };
    const auto whole = run(stream.size());
    CHECK(whole.size() > 200);
    for (std::size_t step = 1; step < stream.size(); ++step) CHECK(run(step) == whole);
}

TEST_CASE("requests cut short are bad messages, one reply each", "[sftp]") {
    SftpServerHarness s;
    s.init();
    const auto h = s.open("a", kRead | kWrite | kCreate);
    std::vector<Bytes> requests{
        sftp_open(1, "b", kRead),
        sftp_close(1, h),
        sftp_read(1, h, 0, 5),
        sftp_write(1, h, 0, "data"),
        sftp_message(9, 1,
                     SftpFields() << "a"
                                  << from_hex("0000000d 0000000000000001 000001a4"
                                              "00000001 00000002")),
        sftp_message(10, 1, SftpFields() << h << from_hex("00000002 00000001 00000001")),
        sftp_message(14, 1, SftpFields() << "m" << kNoAttrs),
        sftp_message(18, 1,
                     SftpFields() << "a"
                                  << "c"),
        sftp_message(20, 1,
                     SftpFields() << "a"
                                  << "l"),
        sftp_extended(1, "hardlink@openssh.com",
                      SftpFields() << "a"
                                   << "h"),
    };
    for (const std::uint8_t type :
         std::initializer_list<std::uint8_t>{7, 8, 11, 12, 13, 15, 16, 17, 19})
        requests.push_back(sftp_simple(type, 1, "zz"));
    for (const auto& request : requests) {
        for (std::size_t n = 9; n < request.size(); ++n) {
            Bytes cut(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(n));
            store_be32(cut.data(), static_cast<std::uint32_t>(n - 4));
            // MKDIR may come without ATTRS: there are clients that send none.
            const bool whole = cut[4] == 14 && n == request.size() - kNoAttrs.size();
            CHECK(s.status(cut) == (whole ? 0 : 5));
        }
    }
    CHECK(s.port.credited == s.fed);
    CHECK(s.ask(sftp_simple(17, 2, "/a")).type == 105);
}
