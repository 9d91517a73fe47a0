#include "sftp/announce.hpp"
#include "sftp/client_codec.hpp"
#include "sftp/extensions_openssh.hpp"
#include "support/hex.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

/// All of a tree that can be seen through the protocol.
std::string snapshot(SftpServerHarness& s, const std::string& path = "/") {
    std::string all;
    const auto stat = s.ask(sftp_simple(7, 1, path));
    all += path + " " + to_hex(stat.fields) + "\n";
    const auto opened = s.ask(sftp_simple(11, 2, path));
    if (opened.type == 102) {
        while (true) {
            const auto page = s.ask(sftp_simple(12, 3, opened.string()));
            if (page.type == 101) break;
            for (const auto& name : page.names())
                if (name != "." && name != "..")
                    all += snapshot(s, path + (path == "/" ? "" : "/") + name);
        }
        s.status(sftp_close(4, opened.string()));
        return all;
    }
    const auto file = s.ask(sftp_open(5, path, kRead));
    if (file.type == 102) {
        const auto data = s.ask(sftp_read(6, file.string(), 0, 100'000));
        all += data.type == 103 ? data.string() + "\n" : "empty\n";
        s.status(sftp_close(7, file.string()));
    }
    return all;
}

/// Of every kind of request at least one that would succeed if it were allowed.
std::vector<sftp::Request> requests(std::string_view file, std::string_view other,
                                    std::string_view folder) {
    using namespace nacre::sftp;
    Attrs attrs;
    attrs.size = 1;
    attrs.permissions = 0600;
    Attrs mode;
    mode.permissions = 0600;
    std::vector<Request> all;
    for (int bits = 0; bits < 64; ++bits) {
        OpenFlags flags;
        flags.read = (bits & 1) != 0;
        flags.write = (bits & 2) != 0;
        flags.append = (bits & 4) != 0;
        flags.create = (bits & 8) != 0;
        flags.truncate = (bits & 16) != 0;
        flags.exclusive = (bits & 32) != 0;
        all.push_back(OpenRequest{"/f", flags, {}});
        all.push_back(OpenRequest{"/new", flags, {}});
    }
    all.push_back(ReadRequest{file, 0, 10});
    all.push_back(WriteRequest{file, 0, 0});
    all.push_back(StatRequest{"/f", Follow::yes});
    all.push_back(StatRequest{"/l", Follow::no});
    all.push_back(FstatRequest{file});
    all.push_back(SetstatRequest{"/f", attrs, Follow::yes});
    all.push_back(SetstatRequest{"/l", mode, Follow::no});
    all.push_back(FsetstatRequest{file, attrs});
    all.push_back(OpendirRequest{"/d"});
    all.push_back(ReaddirRequest{folder});
    all.push_back(RemoveRequest{"/f"});
    all.push_back(MkdirRequest{"/new", mode});
    all.push_back(RmdirRequest{"/empty"});
    all.push_back(RealpathRequest{"/l"});
    all.push_back(RenameRequest{"/f", "/new", false});
    all.push_back(RenameRequest{"/f", "/g", true});
    all.push_back(ReadlinkRequest{"/l"});
    all.push_back(SymlinkRequest{"f", "/new"});
    all.push_back(HardlinkRequest{"/f", "/new"});
    all.push_back(StatvfsRequest{"/"});
    all.push_back(FstatvfsRequest{file});
    all.push_back(FsyncRequest{file});
    all.push_back(LimitsRequest{});
    all.push_back(ExpandPathRequest{"~"});
    all.push_back(CopyDataRequest{file, 0, 0, other, 0});
    all.push_back(HomeDirectoryRequest{""});
    all.push_back(UsersGroupsRequest{"", ""});
    all.push_back(BlockRequest{file, 0, 1, kBlockWrite | kBlockAdvisory});
    all.push_back(UnblockRequest{file, 0, 1});
    all.push_back(TextSeekRequest{file, 0});
    all.push_back(CheckFileHandleRequest{file, "md5", {}, CheckFileForm::digests});
    all.push_back(CheckFileNameRequest{"/f", "md5", {}});
    all.push_back(Md5HashRequest{"/f", 0, 0, ""});
    all.push_back(Md5HashHandleRequest{file, 0, 0, ""});
    all.push_back(CopyFileRequest{"/f", "/new", false});
    all.push_back(CopyFileRequest{"/f", "/g", true});
    all.push_back(SpaceAvailableRequest{"/"});
    all.push_back(GetTempFolderRequest{});
    all.push_back(MakeTempFolderRequest{});
    all.push_back(VendorIdRequest{"v", "p", "1", 0});
    all.push_back(FilenameTranslationControlRequest{false});
    all.push_back(CloseRequest{file});
    // Not behind others: it ends the session.
    all.push_back(VersionSelectRequest{"3"});
    return all;
}

}  // namespace

TEST_CASE("nothing is changed through a server that only reads", "[sftp][read-only]") {
    auto tree = sftp::make_memory_filesystem();
    SftpServerHarness writer(tree);
    writer.init();
    for (const auto* name : {"/f", "/g"}) {
        const auto h = writer.open(name, kWrite | kCreate);
        writer.status(sftp_write(1, h, 0, "contents"));
    }
    writer.status(sftp_message(14, 2, SftpFields() << "/d" << kNoAttrs));
    writer.status(sftp_message(14, 3, SftpFields() << "/empty" << kNoAttrs));
    writer.status(sftp_message(20, 4,
                               SftpFields() << "f"
                                            << "/l"));
    const auto before = snapshot(writer);
    CHECK(before.find("contents") != std::string::npos);

    // What one version cannot ask for, the other can.
    std::vector<bool> seen(std::variant_size_v<sftp::Request>);
    for (const std::uint32_t version : {3u, 5u, 6u}) {
        CAPTURE(version);
        sftp::ServerConfig config;
        config.read_only = true;
        SftpServerHarness s(tree, config);
        s.ask(sftp_init(version));
        const auto codec = sftp::make_client_codec({version, version});
        const auto handle_of = [&](const sftp::Request& request) {
            Bytes wire;
            REQUIRE(codec->request(wire, 1, request));
            const auto reply = s.ask(wire);
            REQUIRE(reply.type == 102);
            return reply.string();
        };
        const auto file = handle_of(sftp::OpenRequest{"/f", {true}, {}});
        const auto other = handle_of(sftp::OpenRequest{"/g", {true}, {}});
        const auto folder = handle_of(sftp::OpendirRequest{"/d"});
        for (const auto& request : requests(file, other, folder)) {
            CAPTURE(request.index());
            Bytes wire;
            if (!codec->request(wire, 77, request)) continue;
            seen[request.index()] = true;
            const auto reply = s.ask(wire);
            CHECK(reply.id == 77);
            if (sftp::mutates(request)) {
                CHECK(reply.type == 101);
                CHECK(reply.status() == 3);
            } else if (reply.type == 101) {
                CHECK(reply.status() != 3);
            }
        }
        CHECK(s.replies().empty());
    }
    CHECK(std::count(seen.begin(), seen.end(), false) == 0);
    CHECK(snapshot(writer) == before);
}

TEST_CASE("extensions that only change are not announced by a server that only reads",
          "[sftp][read-only]") {
    sftp::Announcement what;
    what.links = what.space = what.users = what.copies = what.temporary_folders = true;
    const auto names = [&] {
        std::vector<std::string> all;
        for (const auto& extension : sftp::announced_extensions(what))
            if (extension.name != "versions") all.push_back(extension.name);
        return all;
    };
    CHECK(names().size() == 15);
    what.read_only = true;
    CHECK(names() == std::vector<std::string>{"statvfs@openssh.com", "fstatvfs@openssh.com",
                                              "limits@openssh.com", "expand-path@openssh.com",
                                              "home-directory", "users-groups-by-id@openssh.com",
                                              "space-available", "get-temp-folder"});
}

TEST_CASE("statvfs of a server that only reads says so", "[sftp][read-only]") {
    sftp::ServerConfig config;
    config.read_only = true;
    SftpServerHarness s(sftp::make_memory_filesystem(), config);
    s.init();
    const auto reply = s.ask(sftp_extended(1, "statvfs@openssh.com", SftpFields() << "/"));
    CHECK(sftp::read_statvfs(reply.fields).value().read_only);
}
