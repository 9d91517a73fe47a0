#include "sftp/extensions_openssh.hpp"

#include "support/deferring_filesystem.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Names = std::vector<std::string>;

struct Server {
    std::shared_ptr<DeferringFilesystem> filesystem = std::make_shared<DeferringFilesystem>();
    SftpServerHarness s{filesystem};
    Server() { s.init(); }
    SftpReply ask(std::string_view name, const Bytes& fields) {
        return s.ask(sftp_extended(5, name, fields));
    }
    std::uint32_t status(std::string_view name, const Bytes& fields) {
        return s.status(sftp_extended(5, name, fields));
    }
    std::string put(const std::string& path, const std::string& contents) {
        const auto h = s.open(path, kRead | kWrite | kCreate);
        if (!contents.empty()) s.status(sftp_write(1, h, 0, contents));
        return h;
    }
    std::string get(const std::string& handle) {
        const auto reply = s.ask(sftp_read(1, handle, 0, 100'000));
        return reply.type == 103 ? reply.string() : "";
    }
};

SftpFields copy_fields(const std::string& from, std::uint64_t at, std::uint64_t n,
                       const std::string& to, std::uint64_t there) {
    return SftpFields() << from << at << n << to << there;
}

}  // namespace

TEST_CASE("VERSION announces the eleven extensions as OpenSSH does", "[sftp][openssh]") {
    sftp::ServerConfig config;
    config.max_version = 3;
    config.vendor = {};
    config.omitted_extensions = {"space-available", "copy-file", "get-temp-folder",
                                 "make-temp-folder"};
    SftpServerHarness s(sftp::make_memory_filesystem(), config);
    s.send(sftp_init());
    Reader r(ByteView(s.port.sent).subspan(9));
    Names all;
    while (r.remaining() != 0) {
        const std::string name(r.text());
        all.push_back(name + "=" + std::string(r.text()));
    }
    CHECK(all == Names{"posix-rename@openssh.com=1", "statvfs@openssh.com=2",
                       "fstatvfs@openssh.com=2", "hardlink@openssh.com=1", "fsync@openssh.com=1",
                       "lsetstat@openssh.com=1", "limits@openssh.com=1",
                       "expand-path@openssh.com=1", "copy-data=1", "home-directory=1",
                       "users-groups-by-id@openssh.com=1"});
}

TEST_CASE("posix-rename replaces, RENAME does not", "[sftp][openssh]") {
    Server t;
    t.put("/a", "A");
    t.put("/b", "B");
    CHECK(t.s.status(sftp_message(18, 1,
                                  SftpFields() << "/a"
                                               << "/b")) == 4);
    CHECK(t.get(t.s.open("/b", kRead)) == "B");
    CHECK(t.status("posix-rename@openssh.com", SftpFields() << "/a"
                                                            << "/b") == 0);
    CHECK(t.get(t.s.open("/b", kRead)) == "A");
    CHECK(t.s.status(sftp_simple(17, 1, "/a")) == 2);
}

TEST_CASE("hardlink has the existing name first", "[sftp][openssh]") {
    Server t;
    t.put("/a", "A");
    CHECK(t.status("hardlink@openssh.com", SftpFields() << "/a"
                                                        << "/b") == 0);
    CHECK(t.status("hardlink@openssh.com", SftpFields() << "/none"
                                                        << "/c") == 2);
    CHECK(t.get(t.s.open("/b", kRead)) == "A");
}

TEST_CASE("statvfs, fstatvfs and fsync", "[sftp][openssh]") {
    Server t;
    const auto h = t.put("/a", "A");
    const auto by_path = t.ask("statvfs@openssh.com", SftpFields() << "/");
    CHECK(by_path.type == 201);
    CHECK(by_path.fields.size() == 88);
    CHECK(t.ask("fstatvfs@openssh.com", SftpFields() << h).fields == by_path.fields);
    CHECK(t.status("statvfs@openssh.com", SftpFields() << "/none") == 2);
    CHECK(t.status("fsync@openssh.com", SftpFields() << h) == 0);
    CHECK(t.filesystem->gate().log.back() == "sync /a");
}

TEST_CASE("lsetstat changes the link itself", "[sftp][openssh]") {
    Server t;
    t.put("/a", "A");
    t.s.status(sftp_message(20, 1,
                            SftpFields() << "a"
                                         << "/l"));
    Bytes times;
    Writer(times).u32(8).u32(5).u32(6);
    const auto target = t.s.ask(sftp_simple(7, 1, "/a")).fields;
    CHECK(t.status("lsetstat@openssh.com", SftpFields() << "/l" << times) == 0);
    CHECK(t.s.ask(sftp_simple(7, 1, "/a")).fields == target);
    const auto link = t.s.ask(sftp_simple(7, 1, "/l")).fields;
    CHECK(load_be32(link.data() + link.size() - 4) == 6);
    Bytes size;
    Writer(size).u32(1).u64(0);
    CHECK(t.status("lsetstat@openssh.com", SftpFields() << "/l" << size) == 5);
}

TEST_CASE("expand-path and home-directory", "[sftp][openssh]") {
    Server t;
    t.s.status(sftp_message(14, 1, SftpFields() << "/d" << kNoAttrs));
    const auto expand = [&](const char* path) {
        return t.ask("expand-path@openssh.com", SftpFields() << path);
    };
    CHECK(expand("").names() == Names{"/"});
    CHECK(expand("~").names() == Names{"/"});
    CHECK(expand("~/").names() == Names{"/"});
    CHECK(expand("~/d/x").names() == Names{"/d/x"});
    CHECK(expand("d/../d").names() == Names{"/d"});
    CHECK(expand("a~").names() == Names{"/a~"});
    CHECK(expand("~nobody/x").status() == 2);
    CHECK(expand("~nobody/x").text() == "no such user");
    CHECK(expand("~/none/x").status() == 2);
    CHECK(
        t.ask("expand-path@openssh.com", SftpFields() << "~/" + std::string(4095, 'x')).status() ==
        5);
    CHECK(t.ask("home-directory", SftpFields() << "").names() == Names{"/"});
    CHECK(t.ask("home-directory", SftpFields() << "nobody").status() == 2);
}

TEST_CASE("users-groups-by-id keeps the order of the ids", "[sftp][openssh]") {
    Server t;
    const auto reply =
        t.ask("users-groups-by-id@openssh.com",
              SftpFields() << std::string("\0\0\0\7\0\0\0\1", 8) << std::string("\0\0\0\2", 4));
    CHECK(sftp::read_users_groups(reply.fields).value() ==
          std::pair{Names{"u7", "u1"}, Names{"g2"}});
    CHECK(t.status("users-groups-by-id@openssh.com", SftpFields() << "abc"
                                                                  << "") == 5);
    CHECK(t.status("users-groups-by-id@openssh.com", SftpFields()
                                                         << std::string(4097 * 4, 'x') << "") == 4);
    CHECK(sftp::unpack_ids(sftp::pack_ids({1, 0xffff'ffff})).value() ==
          std::vector<std::uint32_t>{1, 0xffff'ffff});
}

TEST_CASE("copy-data", "[sftp][openssh]") {
    Server t;
    const auto a = t.put("/a", "0123456789");
    const auto b = t.put("/b", "");
    CHECK(t.status("copy-data", copy_fields(a, 2, 3, b, 1)) == 0);
    CHECK(t.get(b) == std::string("\000234", 4));
    CHECK(t.status("copy-data", copy_fields(a, 8, 0, b, 4)) == 0);
    CHECK(t.get(b) == std::string("\00023489", 6));
    // Ends early.
    CHECK(t.status("copy-data", copy_fields(a, 8, 5, b, 0)) == 1);
    CHECK(t.status("copy-data", copy_fields(a, 100, 0, b, 0)) == 0);
    // The same handle, and the same file under another.
    CHECK(t.status("copy-data", copy_fields(a, 0, 1, a, 5)) == 4);
    CHECK(t.status("copy-data", copy_fields(a, 0, 1, t.s.open("/a", kRead | kWrite), 5)) == 4);
    // Not open for it.
    CHECK(t.status("copy-data", copy_fields(a, 0, 1, t.s.open("/b", kRead), 0)) == 3);
    CHECK(t.status("copy-data", copy_fields(t.s.open("/a", kWrite), 0, 1, b, 0)) == 3);
    // Out of range.
    CHECK(t.status("copy-data", copy_fields(a, 1ull << 63, 1, b, 0)) == 4);
    CHECK(t.status("copy-data", copy_fields(a, 0, 1, b, 1ull << 63)) == 4);
    CHECK(t.status("copy-data", copy_fields(a, 0, ~0ull, b, 0)) == 4);
    CHECK(t.status("copy-data", copy_fields("x", 0, 0, b, 0)) == 4);
    CHECK(t.status("copy-data", copy_fields(a, 0, 0, t.s.open_directory("/"), 0)) == 4);
}

TEST_CASE("limits are those of the configuration", "[sftp][openssh]") {
    sftp::ServerConfig config;
    config.max_handles = 7;
    config.max_read_length = 1000;
    SftpServerHarness s(sftp::make_memory_filesystem(), config);
    s.init();
    const auto limits =
        sftp::read_limits(s.ask(sftp_extended(1, "limits@openssh.com", {})).fields).value();
    CHECK(limits.max_packet == 262'144);
    CHECK(limits.max_read == 1000);
    CHECK(limits.max_write == 261'120);
    CHECK(limits.max_handles == 7);
}
