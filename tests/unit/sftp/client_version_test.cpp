// What a client makes of a server's VERSION, and how it asks for a better one.
#include "sftp/client_version.hpp"

#include "support/sftp_client_harness.hpp"
#include "support/sftp_requests.hpp"
#include "support/sftp_server_script.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace nacre::sftp;

namespace {

using Extensions = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Bytes& bytes) {
    return std::string(as_text(bytes));
}

RemoteServer told(std::uint32_t version, Extensions extensions, std::uint32_t max = 6) {
    auto server = server_of({version, std::move(extensions)}, max);
    REQUIRE(server.has_value());
    return std::move(*server);
}

/// A client whose server is the test.
struct Talk : SftpServerScript {
    explicit Talk(std::uint32_t max_version) : SftpServerScript(config_for(max_version)) {}
    void version(std::uint32_t number, const Extensions& extensions) {
        end.queued.clear();
        SftpFields fields;
        for (const auto& [name, data] : extensions) fields << name << data;
        send(sftp_message(2, number, fields));
    }
    void answer(std::uint32_t id, std::uint32_t code) {
        end.queued.clear();
        send(status(id, code));
    }

  private:
    static ClientConfig config_for(std::uint32_t max_version) {
        ClientConfig config;
        config.max_version = max_version;
        return config;
    }
};

}  // namespace

TEST_CASE("INIT has the highest version that the program wants", "[sftp]") {
    const auto [wanted, asked] = GENERATE(std::pair{3u, 3u}, std::pair{5u, 5u}, std::pair{6u, 6u},
                                          std::pair{0u, 3u}, std::pair{7u, 6u});
    Talk talk(wanted);
    CHECK(talk.end.queued == sftp_init(asked));
}

TEST_CASE("the lower of both versions is spoken", "[sftp]") {
    CHECK(told(3, {}, 6).version == 3);
    CHECK(told(6, {}, 6).version == 6);
    // Some name the highest that they know.
    CHECK(told(6, {}, 4).version == 4);
    const auto old = server_of({2, {}}, 6);
    REQUIRE_FALSE(old.has_value());
    CHECK(old.error().code == Errc::peer_incompatible);
}

TEST_CASE("what a server says of itself", "[sftp]") {
    const Bytes supported2 = SftpFields() << std::uint32_t{0xfd} << std::uint32_t{1}
                                          << std::uint32_t{7} << std::uint32_t{3}
                                          << std::uint32_t{100'000} << Bytes{0x0c, 0x01, 0x00, 0x01}
                                          << std::uint32_t{0} << std::uint32_t{2} << "check-file"
                                          << "copy-file";
    const Bytes vendor = SftpFields() << "Maker"
                                      << "Product"
                                      << "1.2" << std::uint64_t{7};
    const auto server = told(6, {{"supported2", text_of(supported2)},
                                 {"newline", "\n"},
                                 {"vendor-id", text_of(vendor)},
                                 {"filename-charset", "ISO-8859-1"},
                                 {"acl-supported", std::string("\0\0\0\3", 4)},
                                 {"fsync@openssh.com", "1"}});
    REQUIRE(server.support);
    CHECK(server.support->attrs == 0xfd);
    CHECK(server.support->open_block_vector == 0x0c01);
    CHECK(server.support->block_vector == 1);
    CHECK(server.max_read == 100'000);
    CHECK(server.newline == "\n");
    REQUIRE(server.vendor);
    CHECK(server.vendor->product == "Product");
    CHECK(server.vendor->build == 7);
    CHECK(server.charset == "ISO-8859-1");
    CHECK(server.acl_capabilities == 3);
    CHECK(server.has("check-file"));
    CHECK(server.has("copy-file", "1"));
    CHECK(server.has("fsync@openssh.com", "1"));
    CHECK_FALSE(server.has("fsync@openssh.com", "2"));
    CHECK_FALSE(server.has("md5-hash"));
    CHECK(told(4, {}).newline == "\r\n");
}

TEST_CASE("what cannot be read is taken as not said", "[sftp]") {
    const auto server = told(6, {{"supported2", "short"},
                                 {"newline", "abc"},
                                 {"vendor-id", std::string("\0\0\0\x09x", 5)},
                                 {"acl-supported", "12"},
                                 {"versions", "x"}});
    CHECK_FALSE(server.support);
    CHECK(server.newline == "\r\n");
    CHECK_FALSE(server.vendor);
    CHECK(server.acl_capabilities == 0);
    CHECK_FALSE(better_version(server, 6));
}

TEST_CASE("the highest version of a list is asked for", "[sftp]") {
    CHECK(better_version(told(3, {{"versions", "2,3,4,5,6"}}), 6) == 6u);
    CHECK(better_version(told(3, {{"versions", "3,5,6"}}), 5) == 5u);
    CHECK(better_version(told(3, {{"versions", std::string("\0\0\0\5", 4) + "3,4,5"}}), 6) == 5u);
    CHECK_FALSE(better_version(told(6, {{"versions", "3,4,5,6"}}), 6));
    CHECK_FALSE(better_version(told(3, {{"versions", "3,7,12,6@example.com"}}), 6));
    CHECK_FALSE(better_version(told(3, {}), 6));
}

TEST_CASE("version-select is the first request", "[sftp]") {
    Talk talk(6);
    talk.version(3, {{"versions", "3,4,5,6"}, {"limits@openssh.com", "1"}});
    CHECK_FALSE(talk.ready.here());
    CHECK(talk.end.queued == sftp_message(200, 0,
                                          SftpFields() << "version-select"
                                                       << "6"));
    SECTION("granted") {
        talk.answer(0, 0);
        CHECK(talk.client->server().version == 6);
        // Now for the limits.
        CHECK_FALSE(talk.ready.here());
        CHECK(talk.end.queued == sftp_message(200, 1, SftpFields() << "limits@openssh.com"));
        talk.answer(1, 8);
        CHECK(talk.ready.good());
    }
    SECTION("refused") {
        talk.answer(0, 8);
        CHECK(talk.client->server().version == 3);
        talk.answer(1, 8);
        CHECK(talk.ready.good());
    }
    SECTION("answered wrongly") {
        talk.send(sftp_message(102, 0, SftpFields() << "handle"));
        CHECK(talk.ready.code() == Errc::peer_misbehaved);
        CHECK(talk.client->ended());
    }
}
