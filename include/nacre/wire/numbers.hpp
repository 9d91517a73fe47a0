/// \file
/// Message numbers (RFC 4250 s4.1) and the codes that stand in messages.
#pragma once
#include <cstdint>

namespace nacre::msg {

enum Number : std::uint8_t {
    disconnect = 1,
    ignore = 2,
    unimplemented = 3,
    debug = 4,
    service_request = 5,
    service_accept = 6,
    ext_info = 7,     // RFC 8308
    newcompress = 8,  // RFC 8308
    kexinit = 20,
    newkeys = 21,
    kex_first = 30,  // 30-49 belong to the key exchange method
    kex_last = 49,
    userauth_request = 50,
    userauth_failure = 51,
    userauth_success = 52,
    userauth_banner = 53,
    userauth_method_first = 60,  // 60-79 belong to the authentication method
    userauth_method_last = 79,
    global_request = 80,
    request_success = 81,
    request_failure = 82,
    channel_open = 90,
    channel_open_confirmation = 91,
    channel_open_failure = 92,
    channel_window_adjust = 93,
    channel_data = 94,
    channel_extended_data = 95,
    channel_eof = 96,
    channel_close = 97,
    channel_request = 98,
    channel_success = 99,
    channel_failure = 100,
    ping = 192,  // ping@openssh.com
    pong = 193,
};

/// The RFC's name without SSH_MSG_, or "unassigned"; context-dependent numbers have their range's
/// name. A literal.
const char* name_of(std::uint8_t number) noexcept;

}  // namespace nacre::msg

namespace nacre {

/// RFC 4254 s5.1
enum class OpenFailure : std::uint32_t {
    administratively_prohibited = 1,
    connect_failed = 2,
    unknown_channel_type = 3,
    resource_shortage = 4,
};

/// RFC 4254 s5.2
constexpr std::uint32_t kExtendedDataStderr = 1;

}  // namespace nacre
