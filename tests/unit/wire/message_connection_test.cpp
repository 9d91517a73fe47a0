#include "unit/wire/message_check.hpp"

#include <nacre/wire/message/connection.hpp>

using namespace nacre;
using test::check_message;
using test::from_hex;

TEST_CASE("GLOBAL_REQUEST and its answers") {
    const Bytes data = from_hex("00000009 'localhost' 00000016");
    const auto m = check_message(msg::GlobalRequest{"tcpip-forward", true, {data}},
                                 "50 0000000d 'tcpip-forward' 01 00000009 'localhost' 00000016");
    CHECK(m.request_name == "tcpip-forward");
    CHECK(m.want_reply);
    CHECK(same_bytes(m.data.bytes, data));
    const Bytes port{0, 0, 0, 22};
    CHECK(same_bytes(check_message(msg::RequestSuccess{{port}}, "51 00000016").data.bytes, port));
    check_message(msg::RequestSuccess{}, "51");
    check_message(msg::RequestFailure{}, "52");
}

TEST_CASE("CHANNEL_OPEN and its answers") {
    const Bytes data{0xab};
    const auto open = check_message(msg::ChannelOpen{"session", 3, 0x200000, 0x8000, {data}},
                                    "5a 00000007 'session' 00000003 00200000 00008000 ab");
    CHECK(open.channel_type == "session");
    CHECK(open.sender_channel == 3);
    CHECK(open.initial_window_size == 0x200000);
    CHECK(open.maximum_packet_size == 0x8000);
    const auto confirmation = check_message(msg::ChannelOpenConfirmation{1, 2, 3, 4, {data}},
                                            "5b 00000001 00000002 00000003 00000004 ab");
    CHECK(confirmation.recipient_channel == 1);
    CHECK(confirmation.sender_channel == 2);
    CHECK(confirmation.initial_window_size == 3);
    CHECK(confirmation.maximum_packet_size == 4);
    const auto failure = check_message(msg::ChannelOpenFailure{1, 3, "no", "en"},
                                       "5c 00000001 00000003 00000002 'no' 00000002 'en'");
    CHECK(failure.reason_code == static_cast<std::uint32_t>(OpenFailure::unknown_channel_type));
    CHECK(failure.description == "no");
}

TEST_CASE("window and data") {
    CHECK(check_message(msg::ChannelWindowAdjust{7, 0xffffffff}, "5d 00000007 ffffffff")
              .bytes_to_add == 0xffffffff);
    const Bytes data = from_hex("'hi'");
    const auto m = check_message(msg::ChannelData{7, data}, "5e 00000007 00000002 'hi'");
    CHECK(m.recipient_channel == 7);
    CHECK(same_bytes(m.data, data));
    const auto err = check_message(msg::ChannelExtendedData{7, kExtendedDataStderr, data},
                                   "5f 00000007 00000001 00000002 'hi'");
    CHECK(err.data_type_code == 1);
    CHECK(same_bytes(err.data, data));
}

TEST_CASE("messages of a channel number only") {
    CHECK(check_message(msg::ChannelEof{7}, "60 00000007").recipient_channel == 7);
    check_message(msg::ChannelClose{7}, "61 00000007");
    check_message(msg::ChannelSuccess{7}, "63 00000007");
    check_message(msg::ChannelFailure{7}, "64 00000007");
}

TEST_CASE("CHANNEL_REQUEST") {
    const Bytes data = from_hex("00000004 'sftp'");
    const auto m = check_message(msg::ChannelRequest{7, "subsystem", true, {data}},
                                 "62 00000007 00000009 'subsystem' 01 00000004 'sftp'");
    CHECK(m.request_type == "subsystem");
    CHECK(m.want_reply);
    const auto subsystem = decode<msg::Subsystem>(m.data.bytes);
    REQUIRE(subsystem);
    CHECK(subsystem->subsystem_name == "sftp");
}

TEST_CASE("what follows want_reply") {
    const Bytes modes{0};
    const auto pty =
        check_message(msg::PtyReq{"vt100", 80, 24, 640, 480, modes},
                      "62 00000005 'vt100' 00000050 00000018 00000280 000001e0 00000001 00");
    CHECK(pty.term == "vt100");
    CHECK(pty.width_characters == 80);
    CHECK(pty.height_pixels == 480);
    const auto change = check_message(msg::WindowChange{80, 24, 640, 480},
                                      "62 00000050 00000018 00000280 000001e0");
    CHECK(change.width_columns == 80);
    CHECK(change.height_rows == 24);
    const auto env = check_message(msg::Env{"LANG", "C"}, "62 00000004 'LANG' 00000001 'C'");
    CHECK(env.variable_name == "LANG");
    CHECK(env.variable_value == "C");
    CHECK(check_message(msg::Exec{"ls -l"}, "62 00000005 'ls -l'").command == "ls -l");
    check_message(msg::Subsystem{"sftp"}, "62 00000004 'sftp'");
    CHECK(check_message(msg::Signal{"TERM"}, "62 00000004 'TERM'").signal_name == "TERM");
    CHECK(check_message(msg::ExitStatus{255}, "62 000000ff").exit_status == 255);
    const auto killed = check_message(msg::ExitSignal{"KILL", true, "m", "en"},
                                      "62 00000004 'KILL' 01 00000001 'm' 00000002 'en'");
    CHECK(killed.core_dumped);
    CHECK(killed.error_message == "m");
}

TEST_CASE("a length that lies about the data is malformed") {
    CHECK_FALSE(decode<msg::ChannelData>(from_hex("00000007 ffffffff 'hi'")));
    CHECK_FALSE(decode<msg::ChannelData>(from_hex("00000007 00000001 'hi'")));
    CHECK_FALSE(decode<msg::ChannelOpen>(from_hex("7fffffff 'session'")));
}
