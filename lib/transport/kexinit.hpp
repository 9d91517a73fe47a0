/// \file
/// KEXINIT (RFC 4253 s7.1): what we offer, what the peer offers, and what is chosen.
#pragma once
#include <nacre/transport/config.hpp>
#include <nacre/wire/message/transport.hpp>

#include <string>
#include <vector>

namespace nacre {

/// Names that stand in the list of key exchange methods, but only say something.
namespace marker {
constexpr std::string_view kStrictClient = "kex-strict-c-v00@openssh.com";
constexpr std::string_view kStrictServer = "kex-strict-s-v00@openssh.com";
constexpr std::string_view kStrictClientDraft = "kex-strict-c";
constexpr std::string_view kStrictServerDraft = "kex-strict-s";
constexpr std::string_view kExtInfoClient = "ext-info-c";
constexpr std::string_view kExtInfoServer = "ext-info-s";
bool is_marker(std::string_view name) noexcept;
}  // namespace marker

/// Our algorithms, checked against what the provider has; defaults filled in.
struct Offer {
    std::string kex, host_key, ciphers, macs, compression;  ///< name-lists
};

/// Errors: local_misuse for an unknown name, a server without a host key for any listed algorithm,
/// an empty list, or a name of RFC 5647 among the ciphers or the MACs only.
Result<Offer> make_offer(const TransportConfig& config, const Provider& provider, Role role);

/// Whether `config` names an algorithm the provider marks insecure.
bool names_insecure(const TransportConfig& config, const Provider& provider);

/// The payload of a KEXINIT, from its number on. `first`: with the markers of a first one.
Bytes make_kexinit(const Offer& offer, Role role, bool first, StrictKex strict, Rng& rng);

/// What a negotiation chose. c2s: client to server.
struct Negotiated {
    std::string kex, host_key;
    std::string cipher_c2s, cipher_s2c, mac_c2s, mac_s2c, compression_c2s, compression_s2c;
    /// The peer sent a first packet of the method it guessed, and guessed wrong: skip it.
    bool skip_guess = false;
};

/// RFC 4253 s7.1, and RFC 5647 s5.1 for its two names. A MAC is empty when OpenSSH's AEADs need
/// none. Errors: peer_incompatible with reason 3, its text naming the list.
Result<Negotiated> negotiate(const msg::KexInit& client, const msg::KexInit& server, Role our_role,
                             const Provider& provider);

/// Whether both sides' first KEXINIT offer strict key exchange in the same spelling.
bool strict_agreed(const msg::KexInit& client, const msg::KexInit& server) noexcept;
/// Whether the peer offers it in any spelling.
bool offers_strict(const msg::KexInit& peer, Role peer_role) noexcept;
/// StrictKex::filter: whether a chosen pair is open to prefix truncation (CVE-2023-48795).
bool truncatable(const Negotiated& chosen) noexcept;

}  // namespace nacre
