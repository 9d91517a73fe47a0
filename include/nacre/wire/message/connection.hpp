/// \file
/// Messages of the connection protocol: RFC 4254.
#pragma once
#include <nacre/wire/codec.hpp>
#include <nacre/wire/numbers.hpp>

namespace nacre::msg {

struct GlobalRequest {  // RFC 4254 s4
    static constexpr std::uint8_t kNumber = global_request;
    std::string_view request_name;
    bool want_reply = false;
    Rest data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.request_name, m.want_reply, m.data);
    }
};

struct RequestSuccess {  // RFC 4254 s4
    static constexpr std::uint8_t kNumber = request_success;
    Rest data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.data);
    }
};

struct RequestFailure {  // RFC 4254 s4
    static constexpr std::uint8_t kNumber = request_failure;
    template <class S, class V>
    static void fields(S&, V&& v) {
        v();
    }
};

struct ChannelOpen {  // RFC 4254 s5.1
    static constexpr std::uint8_t kNumber = channel_open;
    std::string_view channel_type;
    std::uint32_t sender_channel = 0;
    std::uint32_t initial_window_size = 0;
    std::uint32_t maximum_packet_size = 0;
    Rest data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.channel_type, m.sender_channel, m.initial_window_size, m.maximum_packet_size, m.data);
    }
};

struct ChannelOpenConfirmation {  // RFC 4254 s5.1
    static constexpr std::uint8_t kNumber = channel_open_confirmation;
    std::uint32_t recipient_channel = 0;
    std::uint32_t sender_channel = 0;
    std::uint32_t initial_window_size = 0;
    std::uint32_t maximum_packet_size = 0;
    Rest data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel, m.sender_channel, m.initial_window_size, m.maximum_packet_size,
          m.data);
    }
};

struct ChannelOpenFailure {  // RFC 4254 s5.1
    static constexpr std::uint8_t kNumber = channel_open_failure;
    std::uint32_t recipient_channel = 0;
    std::uint32_t reason_code = 0;
    std::string_view description;
    std::string_view language_tag;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel, m.reason_code, m.description, m.language_tag);
    }
};

struct ChannelWindowAdjust {  // RFC 4254 s5.2
    static constexpr std::uint8_t kNumber = channel_window_adjust;
    std::uint32_t recipient_channel = 0;
    std::uint32_t bytes_to_add = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel, m.bytes_to_add);
    }
};

struct ChannelData {  // RFC 4254 s5.2
    static constexpr std::uint8_t kNumber = channel_data;
    std::uint32_t recipient_channel = 0;
    ByteView data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel, m.data);
    }
};

struct ChannelExtendedData {  // RFC 4254 s5.2
    static constexpr std::uint8_t kNumber = channel_extended_data;
    std::uint32_t recipient_channel = 0;
    std::uint32_t data_type_code = 0;
    ByteView data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel, m.data_type_code, m.data);
    }
};

/// CHANNEL_EOF, CLOSE, SUCCESS and FAILURE are a number and the recipient (RFC 4254 s5.3, s5.4).
template <std::uint8_t N>
struct ChannelOnly {
    static constexpr std::uint8_t kNumber = N;
    std::uint32_t recipient_channel = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel);
    }
};
using ChannelEof = ChannelOnly<channel_eof>;
using ChannelClose = ChannelOnly<channel_close>;
using ChannelSuccess = ChannelOnly<channel_success>;
using ChannelFailure = ChannelOnly<channel_failure>;

struct ChannelRequest {  // RFC 4254 s5.4; `data` is one of the structs below
    static constexpr std::uint8_t kNumber = channel_request;
    std::uint32_t recipient_channel = 0;
    std::string_view request_type;
    bool want_reply = false;
    Rest data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.recipient_channel, m.request_type, m.want_reply, m.data);
    }
};

/// What follows want_reply in CHANNEL_REQUEST; these have no number of their own.
struct PtyReq {  // RFC 4254 s6.2
    static constexpr std::uint8_t kNumber = channel_request;
    std::string_view term;
    std::uint32_t width_characters = 0;
    std::uint32_t height_rows = 0;
    std::uint32_t width_pixels = 0;
    std::uint32_t height_pixels = 0;
    ByteView encoded_terminal_modes;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.term, m.width_characters, m.height_rows, m.width_pixels, m.height_pixels,
          m.encoded_terminal_modes);
    }
};

struct WindowChange {  // RFC 4254 s6.7
    static constexpr std::uint8_t kNumber = channel_request;
    std::uint32_t width_columns = 0;
    std::uint32_t height_rows = 0;
    std::uint32_t width_pixels = 0;
    std::uint32_t height_pixels = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.width_columns, m.height_rows, m.width_pixels, m.height_pixels);
    }
};

struct Env {  // RFC 4254 s6.4
    static constexpr std::uint8_t kNumber = channel_request;
    std::string_view variable_name;
    std::string_view variable_value;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.variable_name, m.variable_value);
    }
};

struct Exec {  // RFC 4254 s6.5
    static constexpr std::uint8_t kNumber = channel_request;
    std::string_view command;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.command);
    }
};

struct Subsystem {  // RFC 4254 s6.5
    static constexpr std::uint8_t kNumber = channel_request;
    std::string_view subsystem_name;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.subsystem_name);
    }
};

struct Signal {  // RFC 4254 s6.9
    static constexpr std::uint8_t kNumber = channel_request;
    std::string_view signal_name;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.signal_name);
    }
};

struct ExitStatus {  // RFC 4254 s6.10
    static constexpr std::uint8_t kNumber = channel_request;
    std::uint32_t exit_status = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.exit_status);
    }
};

struct ExitSignal {  // RFC 4254 s6.10
    static constexpr std::uint8_t kNumber = channel_request;
    std::string_view signal_name;
    bool core_dumped = false;
    std::string_view error_message;
    std::string_view language_tag;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.signal_name, m.core_dumped, m.error_message, m.language_tag);
    }
};

}  // namespace nacre::msg
