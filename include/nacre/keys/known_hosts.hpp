/// \file
/// The known_hosts files of OpenSSH (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
#pragma once
#include <nacre/crypto/provider.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxKnownHostsFile = 16 * 1024 * 1024;  ///< bytes looked at

enum class KnownHost : std::uint8_t {
    unknown,  ///< nothing is known of the host
    trusted,  ///< this key is the host's
    changed,  ///< the host is known, but with other keys only
    revoked,  ///< this key is marked @revoked for the host
};

/// What the file's text says of `key` (a blob, RFC 4253 s6.6) for `host` at `port`. Names are plain
/// (with '*', '?' and '!'), or hashed with HMAC-SHA1. Lines that cannot be read, and those of
/// certificate authorities, are passed over.
KnownHost check_known_host(std::string_view text, std::string_view host, std::uint16_t port,
                           ByteView key, const Provider& provider);

/// The types of the keys known for the host, in the order of the file: what a client should ask for
/// first.
std::vector<std::string> known_host_types(std::string_view text, std::string_view host,
                                          std::uint16_t port, const Provider& provider);

/// A line, with its end, that makes the key known; the name in clear.
std::string known_host_line(std::string_view host, std::uint16_t port, std::string_view type,
                            ByteView key);

}  // namespace nacre
