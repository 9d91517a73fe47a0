/// \file
/// The known_hosts files of OpenSSH (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
#pragma once
#include <nacre/crypto/provider.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxKnownHostsFile = 16 * 1024 * 1024;  ///< bytes looked at

enum class KnownHost : std::uint8_t {
    unknown,  ///< nothing is known of the host
    trusted,  ///< this key is the host's
    changed,  ///< the host is known, but with other keys only
    revoked,  ///< this key, or the authority of its certificate, is marked @revoked for the host
    bad_certificate,  ///< its authority is the host's, but the certificate is not, or not now
    too_large,        ///< the text is longer than kMaxKnownHostsFile: trust nothing
};

/// What the file's text says of `key` (a blob, RFC 4253 s6.6) for `host` at `port`. Names are plain
/// (with '*', '?' and '!'), or hashed with HMAC-SHA1. Lines that cannot be read, and those of
/// certificate authorities, are passed over.
KnownHost check_known_host(std::string_view text, std::string_view host, std::uint16_t port,
                           ByteView key, const Provider& provider);

struct HostKeyVerdict {
    KnownHost known = KnownHost::unknown;
    const char* reason = "";  ///< of bad_certificate; literal
};

/// The same of a key or certificate that a host showed. A certificate is trusted when a line marked
/// @cert-authority for the host has its authority, and check_host_certificate() finds it good. When
/// no such line is there the key in it counts, as ssh does it.
/// \param ca_signature_algorithms  with what authorities may sign; empty: the provider's defaults
HostKeyVerdict check_host_key(std::string_view text, std::string_view host, std::uint16_t port,
                              const PublicKey& key, std::chrono::system_clock::time_point now,
                              std::span<const std::string> ca_signature_algorithms,
                              const Provider& provider);

/// The types of the keys known for the host, in the order of the file: what a client should ask for
/// first. A line of an authority yields the types of all certificates.
std::vector<std::string> known_host_types(std::string_view text, std::string_view host,
                                          std::uint16_t port, const Provider& provider);

/// A line, with its end, that makes the key known; the name in clear.
std::string known_host_line(std::string_view host, std::uint16_t port, std::string_view type,
                            ByteView key);

}  // namespace nacre
