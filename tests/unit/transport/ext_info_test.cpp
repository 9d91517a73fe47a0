#include "transport/ext_info.hpp"

#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Bytes body_of(const Entries& entries) {
    Bytes body;
    Writer w(body);
    w.u32(static_cast<std::uint32_t>(entries.size()));
    for (const auto& [name, value] : entries) w.string(name).string(value);
    return body;
}

}  // namespace

TEST_CASE("EXT_INFO: what is known is noted, the rest is passed over", "[transport]") {
    SessionInfo info;
    info.role = Role::client;
    REQUIRE(read_ext_info(body_of({{"no-such-extension", "x"},
                                   {"server-sig-algs", "ssh-ed25519"},
                                   {"publickey-hostbound@openssh.com", "0"},
                                   {"ping@openssh.com", "0"}}),
                          info));
    CHECK(info.server_sig_algs == "ssh-ed25519");
    CHECK(info.peer_hostbound);
    CHECK(info.peer_ping);
}

TEST_CASE("EXT_INFO: other versions of an extension are another one", "[transport]") {
    SessionInfo info;
    info.role = Role::client;
    REQUIRE(read_ext_info(
        body_of({{"publickey-hostbound@openssh.com", "1"}, {"ping@openssh.com", "1"}}), info));
    CHECK_FALSE(info.peer_hostbound);
    CHECK_FALSE(info.peer_ping);
}

TEST_CASE("EXT_INFO: a server takes no list of algorithms from its client", "[transport]") {
    SessionInfo info;
    info.role = Role::server;
    REQUIRE(read_ext_info(body_of({{"server-sig-algs", "ssh-ed25519"}}), info));
    CHECK(info.server_sig_algs.empty());
}

TEST_CASE("EXT_INFO: the number of extensions has a limit", "[transport]") {
    SessionInfo info;
    CHECK(read_ext_info(body_of(Entries(kMaxExtensions)), info));
    const auto refused = read_ext_info(body_of(Entries(kMaxExtensions + 1)), info);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::peer_limit);
}

TEST_CASE("EXT_INFO: every truncation is refused, and what follows it", "[transport]") {
    Bytes body = body_of({{"ping@openssh.com", "0"}, {"a", "b"}});
    SessionInfo info;
    for (std::size_t size = 0; size < body.size(); ++size) {
        const auto refused = read_ext_info(ByteView(body).first(size), info);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::peer_malformed);
    }
    body.push_back(0);
    CHECK_FALSE(read_ext_info(body, info));
}
