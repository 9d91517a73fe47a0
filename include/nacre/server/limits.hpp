/// \file
/// Who may connect to a server, how many at a time, and who has to wait.
#pragma once
#include <nacre/base/ip_network.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nacre::server {

/// What a connection that never logged in is held against its source for. The first that fits
/// counts, in this order.
enum class Offence : std::uint8_t {
    crash,           ///< ended by an error of our own
    grace_exceeded,  ///< took longer than AuthConfig::grace
    invalid_user,    ///< failed for a user that does not exist (AuthHandler::user_exists)
    auth_fail,       ///< failed to log in
    no_auth,         ///< left without an attempt
};

/// PerSourcePenalties of OpenSSH: each offence adds its time to what the source has to wait. No
/// connection of a source is accepted while it waits; those that are open stay.
struct Penalties {
    bool enabled = true;
    std::chrono::seconds crash{90};
    std::chrono::seconds grace_exceeded{10};
    /// As long as auth_fail: otherwise how long a source is kept out tells it which users exist.
    std::chrono::seconds invalid_user{5};
    std::chrono::seconds auth_fail{5};
    std::chrono::seconds no_auth{1};
    std::chrono::seconds min{15};       ///< less is remembered, but not enforced
    std::chrono::seconds max{600};      ///< more is not added up
    std::uint32_t max_sources = 65536;  ///< remembered, IPv4 and IPv6 each
    /// What happens when so many have penalties: nobody without one is let in, or those that would
    /// be over first are forgotten.
    bool overflow_denies_all = false;
    /// Never penalised. By default this machine's own addresses, which all peers behind a local
    /// proxy share.
    std::vector<IpNetwork> exempt{*IpNetwork::parse("127.0.0.0/8"), *IpNetwork::parse("::1")};
};

/// How connections are limited. Refused ones are closed before a byte is read. A source is an IPv4
/// address or an IPv6 network, see source_bits.
struct Limits {
    std::uint32_t max_connections = 10000;
    std::uint32_t max_connections_per_source = 0;  ///< 0: no limit of its own
    /// MaxStartups of OpenSSH: from `startups_begin` unauthenticated connections on, new ones are
    /// dropped with a probability that grows from `startups_rate` percent to 100 at
    /// `startups_full`.
    std::uint32_t startups_begin = 10;
    std::uint32_t startups_rate = 30;
    std::uint32_t startups_full = 100;
    /// Of which at most so many from one source; 0: no limit of its own.
    std::uint32_t startups_per_source = 0;
    /// Addresses that agree in so many bits are one source. A household has a /64 to choose from.
    std::uint32_t source_bits_v4 = 32;  ///< 0..32
    std::uint32_t source_bits_v6 = 64;  ///< 0..128
    Penalties penalties;
    std::vector<IpNetwork> blocked;  ///< refused, also when they are allowed too
    std::vector<IpNetwork> allowed;  ///< nobody else; empty: everybody
    /// Bytes of packets that the sessions of the server may hold; 0: no limit. Beyond, new
    /// connections are refused, and sessions that hold nothing do not read until there is less; at
    /// most half of it is for those that are not logged in. Each thread has its share of it.
    /// What a thread has at hand is not given back to the system, so it can be a few MiB more.
    std::size_t memory = 0;
};

}  // namespace nacre::server
