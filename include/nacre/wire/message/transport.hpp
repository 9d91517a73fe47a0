/// \file
/// Messages of the transport layer: RFC 4253, RFC 8308, ping@openssh.com.
#pragma once
#include <nacre/wire/codec.hpp>
#include <nacre/wire/numbers.hpp>

namespace nacre::msg {

struct Disconnect {  // RFC 4253 s11.1
    static constexpr std::uint8_t kNumber = disconnect;
    std::uint32_t reason_code = 0;
    std::string_view description;
    std::string_view language_tag;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.reason_code, m.description, m.language_tag);
    }
};

struct Ignore {  // RFC 4253 s11.2
    static constexpr std::uint8_t kNumber = ignore;
    ByteView data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.data);
    }
};

struct Unimplemented {  // RFC 4253 s11.4
    static constexpr std::uint8_t kNumber = unimplemented;
    std::uint32_t packet_sequence_number = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.packet_sequence_number);
    }
};

struct Debug {  // RFC 4253 s11.3
    static constexpr std::uint8_t kNumber = debug;
    bool always_display = false;
    std::string_view message;
    std::string_view language_tag;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.always_display, m.message, m.language_tag);
    }
};

struct ServiceRequest {  // RFC 4253 s10
    static constexpr std::uint8_t kNumber = service_request;
    std::string_view service_name;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.service_name);
    }
};

struct ServiceAccept {  // RFC 4253 s10
    static constexpr std::uint8_t kNumber = service_accept;
    std::string_view service_name;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.service_name);
    }
};

struct ExtInfo {  // RFC 8308 s2.3; the extensions follow as (string name, string value)
    static constexpr std::uint8_t kNumber = ext_info;
    std::uint32_t nr_extensions = 0;
    Rest extensions;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.nr_extensions, m.extensions);
    }
};

struct NewCompress {  // RFC 8308 s3.2
    static constexpr std::uint8_t kNumber = newcompress;
    template <class S, class V>
    static void fields(S&, V&& v) {
        v();
    }
};

struct KexInit {  // RFC 4253 s7.1
    static constexpr std::uint8_t kNumber = kexinit;
    std::array<std::uint8_t, 16> cookie{};
    NameList kex_algorithms;
    NameList server_host_key_algorithms;
    NameList encryption_client_to_server;
    NameList encryption_server_to_client;
    NameList mac_client_to_server;
    NameList mac_server_to_client;
    NameList compression_client_to_server;
    NameList compression_server_to_client;
    NameList languages_client_to_server;
    NameList languages_server_to_client;
    bool first_kex_packet_follows = false;
    std::uint32_t reserved = 0;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.cookie, m.kex_algorithms, m.server_host_key_algorithms, m.encryption_client_to_server,
          m.encryption_server_to_client, m.mac_client_to_server, m.mac_server_to_client,
          m.compression_client_to_server, m.compression_server_to_client,
          m.languages_client_to_server, m.languages_server_to_client, m.first_kex_packet_follows,
          m.reserved);
    }
};

struct NewKeys {  // RFC 4253 s7.3
    static constexpr std::uint8_t kNumber = newkeys;
    template <class S, class V>
    static void fields(S&, V&& v) {
        v();
    }
};

struct Ping {  // ping@openssh.com
    static constexpr std::uint8_t kNumber = ping;
    ByteView data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.data);
    }
};

struct Pong {  // ping@openssh.com
    static constexpr std::uint8_t kNumber = pong;
    ByteView data;
    template <class S, class V>
    static void fields(S& m, V&& v) {
        v(m.data);
    }
};

}  // namespace nacre::msg
