// A peer that has the keys and breaks the rules: each of them ends the session with its reason.
#include "support/duel.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::uint32_t kProtocolError = 2;
constexpr std::uint32_t kMacError = 5;

Role any_role() {
    return GENERATE(Role::server, Role::client);
}

}  // namespace

TEST_CASE("a peer that keeps the rules is served", "[session][misbehaving]") {
    Duel duel(any_role());
    duel.log_in();
    const Bytes data(10, 'x');
    duel.say(msg::ChannelData{0, data});
    duel.peer.start_kex();
    duel.run();
    duel.say(msg::ChannelData{0, data});
    CHECK_FALSE(duel.peer.failed);
    CHECK_FALSE(duel.end.session->finished());
    CHECK(duel.peer.info().key_exchanges == 2);
    if (duel.role == Role::server)
        CHECK(duel.peer.count(msg::channel_data) == 2);
    else
        CHECK(duel.collected->bytes == 20);
}

TEST_CASE("a packet that lies about its form ends the session with MAC_ERROR",
          "[session][misbehaving]") {
    Duel duel(any_role());
    const auto cipher = GENERATE(as<std::string>{}, "aes256-gcm@openssh.com",
                                 "chacha20-poly1305@openssh.com", "aes128-ctr", "aes128-cbc");
    const auto mac = GENERATE(as<std::string>{}, "hmac-sha2-256", "hmac-sha2-256-etm@openssh.com");
    const bool aead = cipher != "aes128-ctr" && cipher != "aes128-cbc";
    if (aead && mac != "hmac-sha2-256") return;
    duel.peer.config.algorithms.ciphers = {cipher};
    duel.peer.config.algorithms.macs = {mac};
    duel.log_in();
    RawPeer::Lie lie;
    SECTION("packet_length beyond all limits") {
        lie.packet_length = GENERATE(0x0004'0004U, 0x7fff'fff0U, 0xffff'fffcU);
    }
    SECTION("packet_length too small for a payload") {
        lie.packet_length = GENERATE(0U, 1U, 5U);
    }
    SECTION("packet_length that does not fit the blocks") {
        lie.packet_length = 21;
    }
    SECTION("less padding than 4 bytes") {
        lie.padding_length = GENERATE(std::uint8_t{0}, std::uint8_t{3});
    }
    SECTION("more padding than packet") {
        lie.padding_length = 255;
    }
    SECTION("a flipped bit of the tag") {
        lie.flip_tag = true;
    }
    INFO(cipher << " " << mac);
    duel.peer.send(encode(msg::Ignore{}), lie);
    if (cipher == "aes128-cbc" && mac == "hmac-sha2-256") {
        // Which check failed is hidden: it reads on before it says anything.
        duel.run();
        CHECK_FALSE(duel.end.session->finished());
        append(duel.peer.out, Bytes(kDiscard, 0));
    }
    CHECK(duel.reason() == kMacError);
}

TEST_CASE("a packet in clear that lies about its form ends the session", "[session][misbehaving]") {
    Duel duel(any_role());
    duel.start();
    RawPeer::Lie lie;
    SECTION("packet_length") {
        lie.packet_length = GENERATE(0U, 3U, 36'000U, 0xffff'fffcU);
    }
    SECTION("padding_length") {
        lie.padding_length = GENERATE(std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{255});
    }
    duel.peer.out.clear();
    append(duel.peer.out, as_bytes(std::string_view("SSH-2.0-raw\r\n")));
    duel.peer.send(encode(msg::Ignore{}), lie);
    CHECK(duel.reason() == kProtocolError);
}

TEST_CASE("KEXINIT and NEWKEYS come once in an exchange", "[session][misbehaving]") {
    Duel duel(any_role());
    SECTION("KEXINIT twice, first exchange") {
        duel.start();
        duel.peer.send(Bytes(duel.peer.kexinit));
    }
    SECTION("KEXINIT twice, new keys") {
        duel.log_in();
        duel.peer.start_kex();
        duel.peer.send(Bytes(duel.peer.kexinit));
    }
    SECTION("NEWKEYS before anything was exchanged") {
        duel.start();
        duel.peer.send(msg::NewKeys{});
    }
    SECTION("NEWKEYS twice, behind the first exchange") {
        duel.start();
        duel.run();
        duel.peer.send(msg::NewKeys{});
    }
    SECTION("NEWKEYS without an exchange") {
        duel.log_in();
        duel.peer.send(msg::NewKeys{});
    }
    SECTION("a service between KEXINIT and NEWKEYS") {
        duel.log_in();
        duel.peer.start_kex();
        duel.peer.send(msg::ServiceRequest{"ssh-userauth"});
    }
    SECTION("data between the first KEXINIT and NEWKEYS") {
        duel.start();
        duel.peer.send(msg::ChannelEof{0});
    }
    CHECK(duel.reason() == kProtocolError);
}

TEST_CASE("answers to no question end the session", "[session][misbehaving]") {
    Duel duel(any_role());
    duel.log_in();
    SECTION("REQUEST_SUCCESS") {
        duel.peer.send(msg::RequestSuccess{});
    }
    SECTION("REQUEST_FAILURE") {
        duel.peer.send(msg::RequestFailure{});
    }
    SECTION("CHANNEL_SUCCESS") {
        duel.peer.send(msg::ChannelSuccess{0});
    }
    SECTION("CHANNEL_FAILURE") {
        duel.peer.send(msg::ChannelFailure{0});
    }
    SECTION("CHANNEL_OPEN_CONFIRMATION") {
        duel.peer.send(msg::ChannelOpenConfirmation{0, 8, 1000, 1000, {}});
    }
    SECTION("for a channel that there is not") {
        duel.peer.send(msg::ChannelSuccess{5});
    }
    CHECK(duel.reason() == kProtocolError);
}

TEST_CASE("windows hold in both directions", "[session][misbehaving]") {
    Duel duel(any_role());
    duel.log_in();
    SECTION("data beyond the window") {
        // Not even the credit of an echo is announced before half of the window is used.
        duel.peer.send(msg::ChannelData{0, Bytes(1000, 'x')});
        duel.peer.send(msg::ChannelData{0, Bytes(1, 'x')});
    }
    SECTION("data beyond the maximum packet") {
        duel.peer.send(msg::ChannelData{0, Bytes(1001, 'x')});
    }
    SECTION("extended data beyond the window") {
        duel.peer.send(msg::ChannelExtendedData{0, 1, Bytes(600, 'x')});
        duel.peer.send(msg::ChannelExtendedData{0, 1, Bytes(600, 'x')});
    }
    SECTION("a window past 2^32-1") {
        duel.peer.send(msg::ChannelWindowAdjust{0, 0xffff'ffff - 5000});
        duel.run();
        CHECK_FALSE(duel.end.session->finished());
        duel.peer.send(msg::ChannelWindowAdjust{0, 1});
    }
    CHECK(duel.reason() == kProtocolError);
}

TEST_CASE("a maximum packet of 0 opens no channel, one of 1 is served", "[session][misbehaving]") {
    SECTION("0, asked by the peer") {
        Duel duel(Role::server);
        duel.log_in();
        duel.open({"echo", 8, 1000, 0, {}});
        CHECK(duel.peer.count(msg::channel_open_failure) == 1);
        CHECK_FALSE(duel.end.session->finished());
    }
    SECTION("0, in its confirmation") {
        Duel duel(Role::client);
        duel.start();
        duel.run();
        duel.peer.send(msg::ServiceAccept{"ssh-userauth"});
        duel.peer.send(msg::UserauthSuccess{});
        duel.run();
        duel.peer.send(msg::ChannelOpenConfirmation{0, 7, 5000, 0, {}});
        CHECK(duel.reason() == kProtocolError);
    }
    SECTION("1") {
        Duel duel(Role::server);
        duel.log_in();
        duel.open({"echo", 8, 1000, 1, {}});
        REQUIRE(duel.peer.count(msg::channel_open_confirmation) == 2);
        duel.say(msg::ChannelData{1, Bytes(5, 'y')});
        const auto data = duel.peer.all(msg::channel_data);
        REQUIRE(data.size() == 5);
        for (const Bytes& one : data) CHECK(one == encode(msg::ChannelData{8, Bytes(1, 'y')}));
    }
}

TEST_CASE("messages of authentication after the login", "[session][misbehaving]") {
    SECTION("further requests of a client are ignored") {
        Duel duel(Role::server);
        duel.log_in();
        for (int i = 0; i < 3; ++i) duel.say(Duel::password_login());
        CHECK_FALSE(duel.end.session->finished());
        CHECK(duel.peer.count(msg::userauth_success) == 1);
        CHECK(duel.peer.count(msg::userauth_failure) == 0);
    }
    SECTION("a client does not say what a server says") {
        Duel duel(Role::server);
        duel.log_in();
        duel.peer.send(msg::UserauthSuccess{});
        CHECK(duel.reason() == kProtocolError);
    }
    SECTION("a second verdict of a server") {
        Duel duel(Role::client);
        duel.log_in();
        SECTION("success") {
            duel.peer.send(msg::UserauthSuccess{});
        }
        SECTION("failure") {
            duel.peer.send(msg::UserauthFailure{});
        }
        CHECK(duel.reason() == kProtocolError);
    }
    SECTION("a server's verdict before anything was asked") {
        Duel duel(Role::client);
        duel.start();
        duel.run();
        duel.peer.send(msg::UserauthSuccess{});
        CHECK(duel.reason() == kProtocolError);
    }
    SECTION("a request before its service") {
        Duel duel(Role::server);
        duel.start();
        duel.run();
        duel.peer.send(Duel::password_login());
        CHECK(duel.reason() == kProtocolError);
    }
}

TEST_CASE("what a peer may say without end fills no log", "[session][misbehaving]") {
    Duel duel(any_role());
    const bool logged_in = GENERATE(false, true);
    if (logged_in) {
        duel.log_in();
    } else {
        duel.start();
        duel.run();
    }
    Bytes message;
    SECTION("UNIMPLEMENTED") {
        message = encode(msg::Unimplemented{1});
    }
    SECTION("DEBUG") {
        message = encode(msg::Debug{true, "look at me", {}});
    }
    SECTION("IGNORE") {
        message = encode(msg::Ignore{});
    }
    const int before = duel.watcher->lines;
    for (int i = 0; i < 500; ++i) duel.peer.send(message);
    duel.run();
    CHECK_FALSE(duel.end.session->finished());
    CHECK(duel.watcher->lines - before <= 8);
}

TEST_CASE("new keys that begin before USERAUTH_SUCCESS has left do not compress it",
          "[session][misbehaving]") {
    Duel duel(Role::server);
    duel.compression = {"zlib@openssh.com"};
    duel.start();
    duel.run();
    duel.peer.send(msg::ServiceRequest{"ssh-userauth"});
    duel.run();
    REQUIRE(duel.peer.count(msg::service_accept) == 1);
    duel.peer.on_packet = [&](ByteView payload) {
        if (payload[0] == msg::userauth_success) REQUIRE(duel.peer.start_compression());
    };
    // In one feeding: the request is granted, then the server answers the KEXINIT.
    duel.peer.send(Duel::password_login());
    duel.peer.start_kex();
    duel.run();
    CHECK_FALSE(duel.peer.failed);
    REQUIRE(duel.peer.all(msg::userauth_success) ==
            std::vector<Bytes>{encode(msg::UserauthSuccess{})});
    CHECK(duel.peer.info().key_exchanges == 2);
    // What follows is compressed both ways: neither side could read it otherwise.
    duel.open({"echo", 7, 5000, 5000, {}});
    duel.say(msg::ChannelData{0, Bytes(500, 'z')});
    CHECK_FALSE(duel.peer.failed);
    CHECK(duel.peer.all(msg::channel_data) ==
          std::vector<Bytes>{encode(msg::ChannelData{7, Bytes(500, 'z')})});
    // And so is what comes under the next keys.
    CHECK_FALSE(duel.end.session->finished());
}
