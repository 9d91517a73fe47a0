#include "limits_setup.hpp"

#include <netdb.h>

#include <array>
#include <memory>

namespace nacre::sftpd {

namespace {

/// All addresses of a host, as of now; none if there is no such host.
std::vector<IpNetwork> addresses_of(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    std::vector<IpNetwork> addresses;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) != 0)
            continue;
        const std::string_view numeric(text.data());
        if (const auto network = IpNetwork::parse(numeric.substr(0, numeric.find('%'))))
            addresses.push_back(*network);
    }
    return addresses;
}

std::string take_addresses(const char* option, const std::vector<std::string>& list,
                           const LogSink& sink, std::vector<IpNetwork>& networks) {
    for (const auto& text : list) {
        if (const auto network = IpNetwork::parse(text)) {
            networks.push_back(*network);
            continue;
        }
        const auto found = addresses_of(text);
        if (found.empty()) return std::string("--") + option + ": no address found for " + text;
        networks.insert(networks.end(), found.begin(), found.end());
        sink(LogLevel::info, std::string("--") + option + ": " + text + " has " +
                                 std::to_string(found.size()) +
                                 (found.size() == 1 ? " address" : " addresses") + " for now");
    }
    return {};
}

}  // namespace

std::string take_limits(const Options& options, const LogSink& sink, server::Config& config) {
    auto& limits = config.limits;
    limits.max_connections = options.max_connections;
    limits.max_connections_per_source = options.per_source_max_connections;
    limits.startups_begin = options.max_startups.begin;
    limits.startups_rate = options.max_startups.rate;
    limits.startups_full = options.max_startups.full;
    limits.startups_per_source = options.per_source_max_startups;
    limits.source_bits_v4 = options.source_bits_v4;
    limits.source_bits_v6 = options.source_bits_v6;
    limits.penalties = options.penalties;
    limits.memory = static_cast<std::size_t>(options.max_memory);
    std::string wrong =
        take_addresses("allow-address", options.allow_addresses, sink, limits.allowed);
    if (wrong.empty())
        wrong = take_addresses("deny-address", options.deny_addresses, sink, limits.blocked);
    config.transport.output_limit = static_cast<std::size_t>(options.max_queued);
    config.transport.input_limit = static_cast<std::size_t>(options.max_connection_memory);
    config.transport.max_kex_size = options.max_kex_size;
    config.transport.kex_timeout = options.kex_timeout;
    config.transport.rekey_timeout = options.rekey_timeout;
    config.connection.window_budget = options.max_window;
    config.auth.grace = options.login_grace_time;
    config.auth.max_attempts = options.max_auth_tries;
    config.connection.max_channels = options.max_sessions;
    config.connection.keepalive = options.client_alive_interval;
    config.connection.keepalive_max = options.client_alive_count_max;
    config.connection.idle_timeout = options.idle_timeout;
    return wrong;
}

}  // namespace nacre::sftpd
