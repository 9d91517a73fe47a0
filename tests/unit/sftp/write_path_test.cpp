#include "support/deferring_filesystem.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Log = std::vector<std::string>;
using Codes = std::vector<std::uint32_t>;

struct Gathering {
    std::shared_ptr<DeferringFilesystem> filesystem;
    SftpServerHarness s;
    std::string a;

    explicit Gathering(std::uint64_t max_bytes = 1 << 20, std::uint32_t pflags = kRead | kWrite)
        : filesystem(std::make_shared<DeferringFilesystem>(
              sftp::make_memory_filesystem({max_bytes, 100, 0, 0, nullptr}))),
          s(filesystem) {
        s.init();
        a = s.open("a", pflags | kCreate);
        gate().log.clear();
    }
    OperationGate& gate() { return filesystem->gate(); }
    Codes codes() {
        Codes all;
        for (const auto& reply : s.replies()) all.push_back(reply.status());
        return all;
    }
    std::string contents() { return s.ask(sftp_read(9, a, 0, 1 << 20)).string(); }
};

}  // namespace

TEST_CASE("adjacent writes of one batch become one", "[sftp][write]") {
    Gathering t;
    t.s.feed(sftp_write(1, t.a, 0, "abc"));
    t.s.feed(sftp_write(2, t.a, 3, "def"));
    t.s.feed(sftp_write(3, t.a, 6, "ghi"));
    CHECK(t.gate().log.empty());
    t.s.server->on_batch_end();
    CHECK(t.gate().log == Log{"write a 0+9"});
    CHECK(t.codes() == Codes{0, 0, 0});
    CHECK(t.contents() == "abcdefghi");
}

TEST_CASE("other requests flush gathered writes", "[sftp][write]") {
    Gathering t;
    Bytes all;
    append(all, sftp_write(1, t.a, 0, "abc"));
    append(all, sftp_write(2, t.a, 3, "def"));
    append(all, sftp_read(3, t.a, 2, 2));
    append(all, sftp_write(4, t.a, 6, "g"));
    append(all, sftp_write(5, t.a, 9, "j"));
    append(all, sftp_simple(8, 6, t.a));
    t.s.send(all);
    CHECK(t.gate().log ==
          Log{"write a 0+6", "read a 2+2", "write a 6+1", "write a 9+1", "fstat a"});
    CHECK(t.s.replies().size() == 6);
}

TEST_CASE("gathering is bounded", "[sftp][write]") {
    Gathering t(8 << 20);
    const std::string block(256 * 1024 - 64, 'x');
    for (std::uint32_t i = 0; i < 6; ++i)
        t.s.feed(sftp_write(i, t.a, std::uint64_t{i} * block.size(), block));
    t.s.server->on_batch_end();
    CHECK(t.gate().log.size() == 2);
    CHECK(t.codes() == Codes(6, 0));

    t.gate().log.clear();
    for (std::uint32_t i = 0; i < 250; ++i) {
        // Two pieces each.
        const auto message = sftp_write(i, t.a, i * 4, "abcd");
        t.s.feed(ByteView(message).first(message.size() - 2));
        t.s.feed(ByteView(message).last(2));
    }
    t.s.server->on_batch_end();
    CHECK(t.gate().log.size() == 1);
    CHECK(t.codes() == Codes(250, 0));
}

TEST_CASE("a write that ends short fails from where the error is, not before", "[sftp][write]") {
    // Room for one chunk of 32 KiB.
    Gathering t(32 * 1024);
    const std::string block(12 * 1024, 'x');
    Bytes all;
    for (std::uint32_t i = 0; i < 4; ++i)
        append(all, sftp_write(i, t.a, std::uint64_t{i} * block.size(), block));
    t.s.send(all);
    const auto replies = t.s.replies();
    REQUIRE(replies.size() == 4);
    CHECK(replies[0].status() == 0);
    CHECK(replies[1].status() == 0);
    CHECK(replies[2].status() == 4);
    CHECK(replies[2].text() == "No space left on device");
    CHECK(replies[3].status() == 4);
    // All four; the third from where it was cut, alone; the fourth by itself.
    CHECK(t.gate().log == Log{"write a 0+49152", "write a 32768+4096", "write a 36864+12288"});
}

TEST_CASE("every gathered write can be the one that fails", "[sftp][write]") {
    // Holes between the chunks that exist make a write in the middle fail and later ones succeed.
    for (std::uint32_t hole = 0; hole < 4; ++hole) {
        Gathering t(3 * 32 * 1024);
        const std::string chunk(32 * 1024, 'o');
        for (std::uint32_t i = 0; i < 4; ++i)
            if (i != hole) CHECK(t.s.status(sftp_write(i, t.a, i * 32768ull, chunk)) == 0);
        Bytes all;
        for (std::uint32_t i = 0; i < 8; ++i)
            append(all, sftp_write(i, t.a, i * 16384ull, std::string(16384, 'n')));
        t.s.send(all);
        Codes expected(8, 0);
        expected[2 * hole] = expected[2 * hole + 1] = 4;
        CHECK(t.codes() == expected);
    }
}

TEST_CASE("writes of a failed reply all fail", "[sftp][write]") {
    Gathering t;
    t.gate().fail_at = t.gate().started;
    Bytes all;
    for (std::uint32_t i = 0; i < 3; ++i) append(all, sftp_write(i, t.a, i, "x"));
    t.s.send(all);
    CHECK(t.codes() == Codes{4, 4, 4});
    CHECK(t.s.port.credited == t.s.fed);
}

TEST_CASE("appending writes go to the end, in order, whatever their offset", "[sftp][write]") {
    Gathering t(1 << 20, kWrite | kAppend | kRead);
    Bytes all;
    append(all, sftp_write(1, t.a, 0, "abc"));
    append(all, sftp_write(2, t.a, 0, "def"));
    append(all, sftp_write(3, t.a, 77, "g"));
    t.s.send(all);
    CHECK(t.gate().log.size() == 1);
    t.gate().deferred = true;
    t.s.send(sftp_write(4, t.a, 0, "h"));
    t.s.send(sftp_write(5, t.a, 1000, "i"));
    CHECK(t.gate().waiting().size() == 1);
    t.gate().deferred = false;
    t.gate().release_all();
    CHECK(t.codes() == Codes(5, 0));
    CHECK(t.contents() == "abcdefghi");
}

TEST_CASE("an appending write cut short is not repeated", "[sftp][write]") {
    Gathering t(32 * 1024, kWrite | kAppend | kRead);
    Bytes all;
    append(all, sftp_write(1, t.a, 0, std::string(32 * 1024 - 2, 'x')));
    append(all, sftp_write(2, t.a, 0, "abcd"));
    append(all, sftp_write(3, t.a, 0, "efgh"));
    t.s.send(all);
    CHECK(t.codes() == Codes{0, 4, 4});
    CHECK(t.contents() == std::string(32 * 1024 - 2, 'x') + "ab");
}

TEST_CASE("writes that cannot be", "[sftp][write]") {
    Gathering t;
    const auto read_only = t.s.open("a", kRead);
    CHECK(t.s.status(sftp_write(1, read_only, 0, "x")) == 3);
    CHECK(t.s.status(sftp_write(2, t.a, 0x8000'0000'0000'0000, "x")) == 4);
    CHECK(t.s.status(sftp_write(3, t.a, 0x7fff'ffff'ffff'ffff, "x")) == 4);
    CHECK(t.s.status(sftp_write(4, t.a, 0xffff'ffff'ffff'ffff, "x")) == 4);
    CHECK(t.s.status(sftp_write(5, t.a, 0x7fff'ffff'ffff'ffff, "")) == 0);
    CHECK(t.s.status(sftp_write(6, t.a, 0x7fff'ffff'ffff'fffe, "x")) == 0);
    CHECK(t.s.status(sftp_write(7, "nonsense", 0, "x")) == 4);
    // The length of the handle or of the data makes no sense.
    CHECK(t.s.status(sftp_message(
              6, 8, SftpFields() << std::string(300, 'h') << std::uint64_t{0} << "x")) == 5);
    CHECK(t.s.status(sftp_message(
              6, 9, SftpFields() << t.a << std::uint64_t{0} << std::uint32_t{50})) == 5);
    CHECK(t.s.status(sftp_message(6, 10, SftpFields() << t.a << std::uint32_t{0})) == 5);
    CHECK(t.s.status(sftp_message(6, 11, {})) == 5);
    CHECK(t.s.port.credited == t.s.fed);
}

TEST_CASE("what follows the data of a write is ignored", "[sftp][write]") {
    Gathering t;
    CHECK(t.s.status(sftp_message(6, 1,
                                  SftpFields() << t.a << std::uint64_t{0} << "abc"
                                               << "trailing")) == 0);
    CHECK(t.contents() == "abc");
    CHECK(t.s.port.credited == t.s.fed);
}
