#include "support/hex.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

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
