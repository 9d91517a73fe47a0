/// \file
/// What went wrong, grouped by whose fault it is.
#pragma once
#include <cstdint>

namespace nacre {

enum class Errc : std::uint16_t {
    peer_malformed = 1,  ///< bytes that no encoding of the message gives
    peer_misbehaved,     ///< well-formed, but forbidden here and now
    peer_incompatible,   ///< no common algorithm, version or service
    peer_limit,          ///< a length, count or rate of the peer passed a limit
    peer_refused,        ///< the peer said no: authentication, open, request
    local_misuse,        ///< the program called the library wrongly
    local_limit,         ///< one of our own budgets is used up
    local_failed,        ///< a file, key or other local resource could not be used
    not_found,           ///< what was asked for by name does not exist
    unsupported,         ///< known, but not available here
    out_of_memory,
    crypto_failed,  ///< a check failed or the provider could not do its work
    timed_out,
    closed,  ///< the session, channel or handle is gone
    internal,
};

/// RFC 4253 s11.1. 0: send no DISCONNECT.
enum class Disconnect : std::uint16_t {
    none = 0,
    host_not_allowed_to_connect = 1,
    protocol_error = 2,
    key_exchange_failed = 3,
    reserved = 4,
    mac_error = 5,
    compression_error = 6,
    service_not_available = 7,
    protocol_version_not_supported = 8,
    host_key_not_verifiable = 9,
    connection_lost = 10,
    by_application = 11,
    too_many_connections = 12,
    auth_cancelled_by_user = 13,
    no_more_auth_methods_available = 14,
    illegal_user_name = 15,
};

/// A reason, made without allocating: 16 bytes, literal text only, so that no byte of the peer and
/// no secret can be in it.
struct Error {
    Errc code{};
    Disconnect disconnect = Disconnect::none;  ///< what to tell the peer, if it ends the session
    std::uint32_t detail = 0;                  ///< message number, length, errno ... (see the text)
    const char* what = "";                     ///< literal; names the rule, not the data

    friend constexpr bool operator==(const Error& a, const Error& b) noexcept {
        return a.code == b.code && a.disconnect == b.disconnect && a.detail == b.detail;
    }
};
static_assert(sizeof(Error) == 16);

constexpr Error malformed(const char* what, std::uint32_t detail = 0) noexcept {
    return {Errc::peer_malformed, Disconnect::protocol_error, detail, what};
}
constexpr Error misbehaved(const char* what, std::uint32_t detail = 0) noexcept {
    return {Errc::peer_misbehaved, Disconnect::protocol_error, detail, what};
}
constexpr Error over_limit(const char* what, std::uint32_t detail = 0) noexcept {
    return {Errc::peer_limit, Disconnect::protocol_error, detail, what};
}
constexpr Error kex_failed(const char* what, std::uint32_t detail = 0) noexcept {
    return {Errc::peer_incompatible, Disconnect::key_exchange_failed, detail, what};
}

/// The name of `code`, as in the enum; a literal.
const char* name_of(Errc code) noexcept;
/// The RFC's name without the SSH_DISCONNECT_ prefix, lower case; a literal.
const char* name_of(Disconnect reason) noexcept;

}  // namespace nacre
