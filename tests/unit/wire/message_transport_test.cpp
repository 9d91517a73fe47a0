#include "unit/wire/message_check.hpp"

#include <nacre/wire/message/transport.hpp>

using namespace nacre;
using test::check_message;

TEST_CASE("DISCONNECT") {
    const auto m =
        check_message(msg::Disconnect{11, "bye", "en"}, "01 0000000b 00000003 'bye' 00000002 'en'");
    CHECK(m.reason_code == 11);
    CHECK(m.description == "bye");
    CHECK(m.language_tag == "en");
}

TEST_CASE("IGNORE, UNIMPLEMENTED and DEBUG") {
    const Bytes data{1, 2, 3};
    CHECK(same_bytes(check_message(msg::Ignore{data}, "02 00000003 010203").data, data));
    CHECK(check_message(msg::Unimplemented{0xfffffffe}, "03 fffffffe").packet_sequence_number ==
          0xfffffffe);
    const auto m = check_message(msg::Debug{true, "hey", ""}, "04 01 00000003 'hey' 00000000");
    CHECK(m.always_display);
    CHECK(m.message == "hey");
}

TEST_CASE("any non-zero boolean is true, and is written as 1") {
    const auto body = test::from_hex("80 00000000 00000000");
    const auto m = decode<msg::Debug>(body);
    REQUIRE(m);
    CHECK(m->always_display);
    CHECK(test::to_hex(encode(*m)) == "04010000000000000000");
}

TEST_CASE("SERVICE_REQUEST and SERVICE_ACCEPT") {
    CHECK(check_message(msg::ServiceRequest{"ssh-userauth"}, "05 0000000c 'ssh-userauth'")
              .service_name == "ssh-userauth");
    CHECK(check_message(msg::ServiceAccept{"ssh-userauth"}, "06 0000000c 'ssh-userauth'")
              .service_name == "ssh-userauth");
}

TEST_CASE("EXT_INFO and NEWCOMPRESS") {
    const auto extensions = test::from_hex("0000000f 'server-sig-algs' 0000000b 'ssh-ed25519'");
    const auto m = check_message(msg::ExtInfo{1, {extensions}},
                                 "07 00000001 0000000f 'server-sig-algs' 0000000b 'ssh-ed25519'");
    CHECK(m.nr_extensions == 1);
    CHECK(same_bytes(m.extensions.bytes, extensions));
    check_message(msg::NewCompress{}, "08");
}

TEST_CASE("KEXINIT") {
    msg::KexInit in;
    for (std::size_t i = 0; i < in.cookie.size(); ++i)
        in.cookie[i] = static_cast<std::uint8_t>(0xc0 + i);
    in.kex_algorithms = NameList("k1,k2");
    in.server_host_key_algorithms = NameList("h");
    in.encryption_client_to_server = NameList("e1");
    in.encryption_server_to_client = NameList("e22");
    in.mac_client_to_server = NameList("m1");
    in.mac_server_to_client = NameList("m22");
    in.compression_client_to_server = NameList("c1");
    in.compression_server_to_client = NameList("c22");
    in.languages_server_to_client = NameList("en");
    in.first_kex_packet_follows = true;
    const auto m = check_message(
        in,
        "14 c0c1c2c3c4c5c6c7c8c9cacbcccdcecf 00000005 'k1,k2' 00000001 'h' 00000002 'e1' "
        "00000003 'e22' 00000002 'm1' 00000003 'm22' 00000002 'c1' 00000003 'c22' 00000000 "
        "00000002 'en' 01 00000000");
    CHECK(m.cookie == in.cookie);
    CHECK(m.kex_algorithms.text() == "k1,k2");
    CHECK(m.server_host_key_algorithms.text() == "h");
    CHECK(m.encryption_server_to_client.text() == "e22");
    CHECK(m.mac_server_to_client.text() == "m22");
    CHECK(m.compression_client_to_server.text() == "c1");
    CHECK(m.languages_client_to_server.empty());
    CHECK(m.languages_server_to_client.text() == "en");
    CHECK(m.first_kex_packet_follows);
}

TEST_CASE("a KEXINIT with a malformed list is malformed") {
    msg::KexInit m;
    m.mac_client_to_server = NameList("a,,b");
    const Bytes encoded = encode(m);
    const auto decoded = decode<msg::KexInit>(ByteView(encoded).subspan(1));
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error() == malformed("", 20));
}

TEST_CASE("NEWKEYS") {
    check_message(msg::NewKeys{}, "15");
}

TEST_CASE("PING and PONG") {
    const Bytes data{9, 8};
    CHECK(same_bytes(check_message(msg::Ping{data}, "c0 00000002 0908").data, data));
    CHECK(same_bytes(check_message(msg::Pong{data}, "c1 00000002 0908").data, data));
}
