#include "sftp/longname.hpp"

#include <catch2/catch_all.hpp>

#include <cstdlib>

using namespace nacre;
using namespace nacre::sftp;

namespace {

constexpr std::time_t kNow = 1'700'000'000;  // 2023-11-14 22:13:20 UTC

std::string longname(FileType type, std::uint32_t mode, std::int64_t mtime, std::string name = "n",
                     std::optional<std::string> owner = {}) {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    DirEntry entry;
    entry.name = std::move(name);
    entry.attrs.type = type;
    entry.attrs.permissions = mode;
    entry.attrs.size = 1234;
    entry.attrs.uid = 1000;
    entry.attrs.gid = 100;
    entry.attrs.link_count = 2;
    entry.attrs.owner = std::move(owner);
    entry.attrs.mtime = FileTime{mtime, 0};
    Bytes out;
    append_longname(out, entry, kNow);
    return std::string(as_text(out));
}

}  // namespace

// The expected lines were laid out after those that OpenSSH's sftp-server sends.
TEST_CASE("a longname is a line of ls", "[sftp][longname]") {
    CHECK(longname(FileType::regular, 0644, kNow) ==
          "-rw-r--r--    2 1000     100          1234 Nov 14 22:13 n");
    CHECK(longname(FileType::directory, 0755, kNow, "a b", "user") ==
          "drwxr-xr-x    2 user     100          1234 Nov 14 22:13 a b");
    CHECK(longname(FileType::symlink, 0777, 1'000'000'000) ==
          "lrwxrwxrwx    2 1000     100          1234 Sep  9  2001 n");
}

TEST_CASE("the time of day is for the last half year", "[sftp][longname]") {
    constexpr std::int64_t kHalfYear = 365 * 24 * 60 * 60 / 2;
    CHECK(longname(FileType::regular, 0, kNow - kHalfYear + 1).find(':') != std::string::npos);
    CHECK(longname(FileType::regular, 0, kNow - kHalfYear).find(':') == std::string::npos);
    CHECK(longname(FileType::regular, 0, kNow + 1).find(':') == std::string::npos);
}

TEST_CASE("special bits take the place of x", "[sftp][longname]") {
    const auto mode = [](std::uint32_t bits) {
        return longname(FileType::regular, bits, 0).substr(0, 10);
    };
    CHECK(mode(07777) == "-rwsrwsrwt");
    CHECK(mode(07000) == "---S--S--T");
    CHECK(mode(0) == "----------");
    CHECK(longname(FileType::char_device, 0, 0)[0] == 'c');
    CHECK(longname(FileType::block_device, 0, 0)[0] == 'b');
    CHECK(longname(FileType::fifo, 0, 0)[0] == 'p');
    CHECK(longname(FileType::socket, 0, 0)[0] == 's');
    CHECK(longname(FileType::unknown, 0, 0)[0] == '?');
}

TEST_CASE("what is not known has a place all the same", "[sftp][longname]") {
    Bytes out;
    append_longname(out, DirEntry{"x", {}}, kNow);
    CHECK(as_text(out) == "?---------    1 ?        ?               0 ? x");
}

TEST_CASE("a long name and a long owner do not break the line", "[sftp][longname]") {
    const std::string name(5000, 'n');
    const auto line = longname(FileType::regular, 0, 0, name, std::string(500, 'o'));
    CHECK(line.size() < 5000 + 200);
    CHECK(line.ends_with(" " + name));
    CHECK(longname(FileType::regular, 0, 0x7fff'ffff'ffff'ffff).ends_with(" ? n"));
}
