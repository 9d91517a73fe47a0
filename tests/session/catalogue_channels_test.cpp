// What has gone wrong elsewhere, part 3: channels and resources. Each test bears the name of its
// row in CATALOGUE.md.
#include "support/clear_peer.hpp"
#include "support/sftp_stack.hpp"

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::uint32_t kProtocolError = 2;
constexpr std::size_t kKiB = 1024;

Bytes text(std::string_view value) {
    Bytes out;
    Writer(out).string(value);
    return out;
}

}  // namespace

TEST_CASE("CVE-2026-3982x: 5,000 refused channels leave nothing behind", "[catalogue]") {
    ClearPeer peer;
    peer.log_in();
    std::string type;
    std::uint32_t packet = 1000;
    SECTION("of a type that there is not") {
        type = "nothing";
    }
    SECTION("that forward") {
        type = "direct-tcpip";
    }
    SECTION("with a maximum packet of 0") {
        type = "echo";
        packet = 0;
    }
    SECTION("beyond the limit") {
        type = "echo";
        for (std::uint32_t i = 0; i < peer.connection.max_channels; ++i)
            peer.say(msg::ChannelOpen{"echo", i, 1000, 1000, {}});
        REQUIRE(peer.count(msg::channel_open_confirmation) == 10);
    }
    const msg::ChannelOpen open{type, 77, 1000, packet, {}};
    for (int i = 0; i < 100; ++i) peer.say(open);
    peer.got.clear();
    peer.got.shrink_to_fit();
    const HeapGrowth growth;
    std::size_t refused = 0;
    for (int i = 0; i < 5000; ++i) {
        peer.say(open);
        refused += peer.count(msg::channel_open_failure);
        peer.got.clear();
    }
    peer.got.shrink_to_fit();
    CHECK(growth.bytes() < 64 * kKiB);
    CHECK(refused == 5000);
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("CVE-2026-3982x: 5,000 channels opened and closed leave nothing behind", "[catalogue]") {
    ClearPeer peer;
    peer.log_in();
    std::size_t opened = 0;
    const auto round = [&] {
        peer.say(msg::ChannelOpen{"echo", 7, 1000, 1000, {}});
        opened += peer.count(msg::channel_open_confirmation);
        peer.say(msg::ChannelClose{0});
        peer.got.clear();
    };
    for (int i = 0; i < 100; ++i) round();
    peer.got.shrink_to_fit();
    const HeapGrowth growth;
    for (int i = 0; i < 5000; ++i) round();
    peer.got.shrink_to_fit();
    CHECK(growth.bytes() < 64 * kKiB);
    CHECK(opened == 5100);
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("CVE-2026-39830: 1,000 answers that nobody asked for end at the first", "[catalogue]") {
    ClearPeer peer;
    peer.log_in();
    peer.say(msg::ChannelOpen{"echo", 7, 1000, 1000, {}});
    Bytes answer;
    SECTION("REQUEST_SUCCESS") {
        answer = encode(msg::RequestSuccess{});
    }
    SECTION("REQUEST_FAILURE") {
        answer = encode(msg::RequestFailure{});
    }
    SECTION("CHANNEL_SUCCESS") {
        answer = encode(msg::ChannelSuccess{0});
    }
    SECTION("CHANNEL_FAILURE") {
        answer = encode(msg::ChannelFailure{0});
    }
    for (int i = 0; i < 1000; ++i) peer.add(answer);
    peer.flow();
    CHECK(peer.reason() == kProtocolError);
    CHECK(peer.count(msg::disconnect) == 1);
}

TEST_CASE("forwards: none is there unless the program makes it", "[catalogue]") {
    ClearPeer peer;
    peer.handler = std::make_unique<SftpDoor>(sftp::make_memory_filesystem());
    peer.log_in();
    Bytes address;
    Writer(address).string(std::string_view("127.0.0.1")).u32(0);
    for (const char* name : {"tcpip-forward", "cancel-tcpip-forward",
                             "streamlocal-forward@openssh.com", "tun@openssh.com"})
        peer.say(msg::GlobalRequest{name, true, {address}});
    CHECK(peer.count(msg::request_failure) == 4);
    CHECK(peer.count(msg::request_success) == 0);
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("env, pty and subsystem floods keep nothing beyond their limits", "[catalogue]") {
    ClearPeer peer;
    peer.handler = std::make_unique<SftpDoor>(sftp::make_memory_filesystem());
    peer.log_in();
    peer.say(msg::ChannelOpen{"session", 7, 100'000, 32'768, {}});
    REQUIRE(peer.count(msg::channel_open_confirmation) == 1);
    Bytes pty;
    Writer(pty).string(std::string(250, 't')).u32(80).u32(24).u32(0).u32(0);
    Writer(pty).string(std::string_view("\0", 1));
    peer.say(msg::ChannelRequest{0, "pty-req", true, {pty}});
    const HeapGrowth growth;
    std::size_t answers = 0;
    for (int i = 0; i < 10'000; ++i) {
        Bytes env = text("NAME" + std::to_string(i));
        append(env, text(std::string(1000, 'v')));
        peer.add(encode(msg::ChannelRequest{0, "env", true, {env}}));
        peer.add(encode(msg::ChannelRequest{0, "pty-req", true, {pty}}));
        peer.say(msg::ChannelRequest{0, "subsystem", true, {text("no such thing")}});
        answers += peer.count(msg::channel_success) + peer.count(msg::channel_failure);
        peer.got.clear();
    }
    CHECK(answers == 30'000 + 1);
    CHECK(growth.bytes() < 512 * kKiB);
    peer.say(msg::ChannelRequest{0, "subsystem", true, {text("sftp")}});
    CHECK(peer.count(msg::channel_success) == 1);
    // One is enough.
    peer.say(msg::ChannelRequest{0, "subsystem", true, {text("sftp")}});
    CHECK(peer.count(msg::channel_failure) == 1);
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("unread output: a channel without window is not worked for", "[catalogue]") {
    auto files = sftp::make_memory_filesystem();
    ClearPeer peer;
    peer.handler = std::make_unique<SftpDoor>(files);
    peer.log_in();
    peer.say(msg::ChannelOpen{"session", 7, 0, 32'768, {}});
    peer.say(msg::ChannelRequest{0, "subsystem", true, {text("sftp")}});
    REQUIRE(peer.count(msg::channel_success) == 1);
    Bytes init;
    Writer(init).u32(5).u8(1).u32(3);
    peer.say(msg::ChannelData{0, init});
    const HeapGrowth growth;
    // REALPATH of a long path, as long as the window lasts.
    Bytes requests;
    std::string path;
    for (int i = 0; i < 9; ++i) path += "/" + std::string(100, 'p');
    for (std::uint32_t i = 0; i < 30; ++i)
        Writer(requests)
            .u32(static_cast<std::uint32_t>(9 + path.size()))
            .u8(16)
            .u32(i)
            .string(path);
    std::size_t said = 0, most = 0;
    for (; said < 10'000 && !peer.end.session->finished(); ++said) {
        peer.say(msg::ChannelData{0, requests});
        most = std::max(most, growth.bytes());
    }
    CHECK(peer.count(msg::channel_data) == 0);
    // The window that was granted, and no more of it: then the client is at fault.
    CHECK(said < 2000);
    CHECK(peer.reason() == kProtocolError);
    CHECK(most < 8 * 1024 * kKiB);
}

TEST_CASE("window add overflow: saturated by nobody, at any number of adjustments", "[catalogue]") {
    ClearPeer peer;
    peer.log_in();
    peer.say(msg::ChannelOpen{"echo", 7, 0xffff'ffff, 1000, {}});
    REQUIRE(peer.count(msg::channel_open_confirmation) == 1);
    for (int i = 0; i < 100; ++i) peer.say(msg::ChannelWindowAdjust{0, 0});
    CHECK_FALSE(peer.end.session->finished());
    peer.say(msg::ChannelWindowAdjust{0, 1});
    CHECK(peer.reason() == kProtocolError);
}
