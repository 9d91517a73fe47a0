// INIT, VERSION and what may follow them at once.
#include "sftp/client_codec.hpp"
#include "support/deferring_filesystem.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

#include <map>

using namespace nacre;
using namespace nacre::test;

namespace {

/// What VERSION announces, by name.
std::map<std::string, std::string> announced(SftpServerHarness& s, std::uint32_t version) {
    const auto reply = s.ask(sftp_init(version));
    CHECK(reply.type == 2);
    CHECK(reply.id == std::min(version, 6u));
    std::map<std::string, std::string> all;
    Reader fields(reply.fields);
    while (fields.remaining() != 0) {
        const auto name = std::string(fields.text());
        all[name] = std::string(fields.text());
    }
    CHECK(fields.ok());
    return all;
}

Bytes select(std::string_view version) {
    return sftp_extended(9, "version-select", SftpFields() << version);
}

Bytes vendor_id() {
    return sftp_extended(8, "vendor-id",
                         SftpFields() << "Them"
                                      << "Client"
                                      << "1.0" << std::uint64_t{77});
}

/// A STAT as versions 4 to 6 have it; the answer's ATTRS end with a byte for the type in these.
Bytes stat_v4(std::string_view path) {
    return sftp_message(17, 5, SftpFields() << path << std::uint32_t{1});
}

}  // namespace

TEST_CASE("the highest version that both speak is spoken", "[sftp][opening]") {
    for (std::uint32_t ours = 3; ours <= 6; ++ours) {
        for (const std::uint32_t theirs : {0u, 1u, 3u, 4u, 5u, 6u, 7u, 0xffff'ffffu}) {
            sftp::ServerConfig config;
            config.max_version = ours;
            SftpServerHarness s(sftp::make_memory_filesystem(), config);
            const auto reply = s.ask(sftp_init(theirs));
            const auto agreed = std::clamp(theirs, 3u, ours);
            CHECK(reply.id == agreed);
            CHECK(s.observer->client_version == theirs);
            CHECK(s.observer->negotiated == agreed);
        }
    }
}

TEST_CASE("version-select changes the version of all that follows", "[sftp][opening]") {
    SftpServerHarness s;
    const auto told = announced(s, 3);
    REQUIRE(told.count("versions") == 1);
    CHECK(told.at("versions") == "3,4,5,6");
    // Sent without waiting for the answer, as a client may.
    Bytes both = select("5");
    append(both, stat_v4("/"));
    const auto replies = s.exchange(both);
    REQUIRE(replies.size() == 2);
    CHECK(replies[0].type == 101);
    CHECK(replies[0].status() == 0);
    CHECK(replies[1].type == 105);
    CHECK(replies[1].fields.at(4) == 2);  // a directory, behind the flags
    CHECK(s.observer->negotiated == 5);
}

TEST_CASE("version-select comes first or ends the session", "[sftp][opening]") {
    SftpServerHarness s;
    s.ask(sftp_init(3));
    SECTION("behind another request") {
        s.ask(sftp_simple(16, 1, "."));
        CHECK(s.status(select("5")) != 0);
    }
    SECTION("for a version that is not there") {
        CHECK(s.status(select("2")) != 0);
    }
    SECTION("for nonsense") {
        CHECK(s.status(select("5 ")) != 0);
    }
    CHECK(s.port.closed);
    CHECK(s.observer->ends.at(0).code == Errc::peer_misbehaved);
}

TEST_CASE("a client tells of itself and may select a version then", "[sftp][opening]") {
    SftpServerHarness s;
    s.ask(sftp_init(3));
    CHECK(s.status(vendor_id()) == 0);
    CHECK(s.observer->vendor == "Them Client 1.0 77");
    CHECK(s.status(select("6")) == 0);
}

TEST_CASE("what is announced is what is there", "[sftp][opening]") {
    SECTION("version 3 of a server that speaks no other") {
        sftp::ServerConfig config;
        config.max_version = 3;
        SftpServerHarness s(sftp::make_memory_filesystem(), config);
        const auto told = announced(s, 3);
        CHECK(told.count("versions") == 0);
        CHECK(told.count("newline") == 0);
        CHECK(told.at("limits@openssh.com") == "1");
        CHECK(told.count("check-file") == 0);  // no hashes were given
    }
    SECTION("version 6") {
        sftp::ServerConfig config;
        config.newline = "\r\n";
        SftpServerHarness s(sftp::make_memory_filesystem(), config);
        const auto told = announced(s, 6);
        CHECK(told.at("newline") == "\r\n");
        CHECK(told.count("supported2") == 1);
        CHECK(told.at("posix-rename@openssh.com") == "1");
        CHECK(told.count("filename-charset") == 0);
    }
    SECTION("without what the settings leave out, which is not served either") {
        sftp::ServerConfig config;
        config.omitted_extensions = {"statvfs@openssh.com", "vendor-id"};
        SftpServerHarness s(sftp::make_memory_filesystem(), config);
        const auto told = announced(s, 3);
        CHECK(told.count("statvfs@openssh.com") == 0);
        CHECK(told.count("vendor-id") == 0);
        CHECK(told.count("fstatvfs@openssh.com") == 1);
        CHECK(s.status(sftp_extended(1, "statvfs@openssh.com", SftpFields() << "/")) == 8);
        CHECK(s.status(vendor_id()) == 8);
    }
    SECTION("by a file system without links, space and users") {
        SftpServerHarness s(std::make_shared<sftp::Filesystem>());
        const auto told = announced(s, 3);
        CHECK(told.count("hardlink@openssh.com") == 0);
        CHECK(told.count("statvfs@openssh.com") == 0);
        CHECK(told.count("home-directory") == 0);
        CHECK(told.count("limits@openssh.com") == 1);
        CHECK(s.status(sftp_simple(19, 1, "/l")) == 8);
        CHECK(s.status(sftp_simple(7, 1, "/l")) == 8);
        CHECK(s.status(sftp_extended(1, "statvfs@openssh.com", SftpFields() << "/")) == 8);
    }
}

TEST_CASE("a file that cannot be kept from others is not opened as if it could",
          "[sftp][opening]") {
    // DeferringFilesystem tells of no locks, whatever is below it.
    SftpServerHarness s(std::make_shared<DeferringFilesystem>());
    s.ask(sftp_init(6));
    const auto open = [&](std::uint32_t flags) {
        const auto reply = s.ask(sftp_message(
            3, 1,
            SftpFields() << "/f" << std::uint32_t{2} << flags << std::uint32_t{0} << Bytes{1}));
        return reply.type == 102 ? 0u : reply.status();
    };
    CHECK(open(3) == 0);          // OPEN_OR_CREATE
    CHECK(open(3 | 0x40) == 8);   // BLOCK_READ
    CHECK(open(3 | 0x280) == 8);  // BLOCK_WRITE, BLOCK_ADVISORY
    CHECK(open(3 | 0x200) == 0);  // BLOCK_ADVISORY of nothing
}

TEST_CASE("every request by handle copes with each kind of handle", "[sftp][opening]") {
    using namespace nacre::sftp;
    for (const std::uint32_t version : {3u, 6u}) {
        SftpServerHarness s;
        s.ask(sftp_init(version));
        const auto codec = make_client_codec({version, version});
        const auto ask = [&](const Request& request) {
            Bytes wire;
            if (!codec->request(wire, 7, request)) return SftpReply{};
            return s.ask(wire);
        };
        OpenFlags flags;
        flags.read = flags.write = flags.create = true;
        for (const bool folder : {false, true}) {
            const auto handle = [&] {
                return ask(folder ? Request(OpendirRequest{"/"})
                                  : Request(OpenRequest{"/f", flags, {}}))
                    .string();
            }();
            CAPTURE(version, folder);
            Attrs mode;
            mode.permissions = 0700;
            const Request requests[] = {
                ReadRequest{handle, 0, 1},
                WriteRequest{handle, 0, 0},
                FstatRequest{handle},
                FsetstatRequest{handle, mode},
                ReaddirRequest{handle},
                FstatvfsRequest{handle},
                FsyncRequest{handle},
                CopyDataRequest{handle, 0, 0, handle, 0},
                BlockRequest{handle, 0, 1, kBlockWrite},
                UnblockRequest{handle, 0, 1},
                TextSeekRequest{handle, 0},
                CheckFileHandleRequest{handle, "md5", {}, CheckFileForm::digests},
                Md5HashHandleRequest{handle, 0, 0, ""},
                CloseRequest{handle},
            };
            for (const auto& request : requests) {
                CAPTURE(request.index());
                const auto reply = ask(request);
                const HandleKind kind = traits_of(request).handle;
                const bool wrong = kind == (folder ? HandleKind::file : HandleKind::directory);
                if (wrong && reply.type != 0) CHECK(reply.status() == (version == 3 ? 4 : 9));
            }
            CHECK(ask(CloseRequest{handle}).status() == (version == 3 ? 4 : 9));
        }
    }
}
