#include "option_row.hpp"

namespace nacre::sftpd {

namespace {

constexpr std::uint32_t kMaxStartups = 1'000'000;
constexpr std::uint32_t kMaxTries = 1000;
constexpr std::uint32_t kMaxSessions = 10'000;
constexpr std::uint32_t kMaxConnections = 1'000'000;
constexpr std::size_t kMaxAddresses = 1000;
constexpr std::uint32_t kMaxHandles = 1'000'000;
/// Less would let hardly anybody in.
constexpr std::uint64_t kMinMemory = 16 * 1024 * 1024;

std::string set_max_startups(Options& options, const std::string& value) {
    if (value == "off") {
        options.max_startups = Startups::off();
        return {};
    }
    const std::string wanted = "not BEGIN:RATE:FULL, a number, or off: " + quoted(value);
    const std::string_view text = value;
    const auto first = text.find(':');
    if (first == std::string_view::npos) {
        const auto number = parse_number<std::uint32_t>(text);
        if (!number || *number == 0 || *number > kMaxStartups) return wanted;
        options.max_startups = {*number, 100, *number};
        return {};
    }
    const auto second = text.find(':', first + 1);
    if (second == std::string_view::npos) return wanted;
    const auto begin = parse_number<std::uint32_t>(text.substr(0, first));
    const auto rate = parse_number<std::uint32_t>(text.substr(first + 1, second - first - 1));
    const auto full = parse_number<std::uint32_t>(text.substr(second + 1));
    if (!begin || !rate || !full || *begin == 0 || *begin > *full || *full > kMaxStartups ||
        *rate == 0 || *rate > 100)
        return wanted;
    options.max_startups = {*begin, *rate, *full};
    return {};
}

std::string set_source_bits(Options& options, const std::string& value) {
    const std::string_view text = value;
    const auto colon = std::min(text.find(':'), text.size());
    const auto v4 = parse_number<std::uint32_t>(text.substr(0, colon));
    std::optional<std::uint32_t> v6 = options.source_bits_v6;
    if (colon != text.size()) v6 = parse_number<std::uint32_t>(text.substr(colon + 1));
    if (!v4 || !v6 || *v4 > 32 || *v6 > 128)
        return "not BITS or BITS4:BITS6, at most 32:128: " + quoted(value);
    options.source_bits_v4 = *v4;
    options.source_bits_v6 = *v6;
    return {};
}

/// Whether somebody may have meant it as a network, and not as the name of a host.
bool looks_numeric(std::string_view text) {
    return text.find_first_of("/:") != std::string_view::npos ||
           text.find_first_not_of("0123456789.") == std::string_view::npos;
}

template <std::vector<std::string> Options::*kField>
std::string add_addresses(Options& options, const std::string& value) {
    return for_each_part(value, [&](std::string_view part) -> std::string {
        if (looks_numeric(part) && !IpNetwork::parse(part))
            return "not an address, and not a network without bits behind its prefix: " +
                   quoted(part);
        if ((options.*kField).size() == kMaxAddresses) return "too many addresses";
        (options.*kField).emplace_back(part);
        return {};
    });
}

/// Bytes, at least `kLeast` or, where that means no limit, 0.
template <std::uint64_t Options::*kField, std::uint64_t kLeast, bool kZero>
std::string set_bytes(Options& options, const std::string& value) {
    const auto bytes = parse_size(value);
    if (!bytes) return "not a number of bytes (K, M and G may follow): " + quoted(value);
    if (*bytes < kLeast && !(kZero && *bytes == 0))
        return "less than " + std::to_string(kLeast) + ": " + quoted(value);
    options.*kField = *bytes;
    return {};
}

constexpr OptionRow kOptions[] = {
    {{"max-startups", "N", false,
      "Connections not yet logged in, as BEGIN:RATE:FULL or off. Default: 10:30:100"},
     set_max_startups},
    {{"login-grace-time", "TIME", false,
      "For the login, in seconds (s, m, h); 0: no limit. Default: 120"},
     set_time<&Options::login_grace_time>},
    {{"max-auth-tries", "N", false, "Failed logins that end a connection. Default: 6"},
     set_number<&Options::max_auth_tries, 1, kMaxTries>},
    {{"max-sessions", "N", false, "Sessions open in a connection. Default: 10"},
     set_number<&Options::max_sessions, 1, kMaxSessions>},
    {{"max-connections", "N", false, "Connections open at a time. Default: 10000"},
     set_number<&Options::max_connections, 1, kMaxConnections>},
    {{"per-source-max-connections", "N", false,
      "Of which so many from one source; 0: any number. Default: 0"},
     set_number<&Options::per_source_max_connections, 0, kMaxConnections>},
    {{"per-source-max-startups", "N", false,
      "Connections of one source not yet logged in; 0: any number. Default: 0"},
     set_number<&Options::per_source_max_startups, 0, kMaxStartups>},
    {{"per-source-net-block-size", "BITS", false,
      "Addresses that agree in so many bits are one source, as BITS4:BITS6. Default: 32:64"},
     set_source_bits},
    {{"per-source-penalties", "LIST", false,
      "How long sources are kept out for what they did, or off. Default: "
      "crash:90s,grace-exceeded:10s,invaliduser:5s,authfail:5s,noauth:1s,min:15s,max:10m"},
     set_penalties},
    {{"per-source-penalty-exempt", "LIST", false,
      "Networks that have no penalties, or none. Default: 127.0.0.0/8,::1"},
     set_penalty_exempt},
    {{"allow-address", "LIST", true, "Networks, addresses and hosts that may connect, no others"},
     add_addresses<&Options::allow_addresses>},
    {{"deny-address", "LIST", true, "Networks, addresses and hosts that may not connect"},
     add_addresses<&Options::deny_addresses>},
    {{"client-alive-interval", "TIME", false,
      "After so long without a sign of the client it is asked for one; 0: never. Default: 0"},
     set_time<&Options::client_alive_interval>},
    {{"client-alive-count-max", "N", false, "Such questions without an answer. Default: 3"},
     set_number<&Options::client_alive_count_max, 0, kMaxTries>},
    {{"idle-timeout", "TIME", false,
      "Ends connections that nothing is asked of for so long; 0: never. Default: 0"},
     set_time<&Options::idle_timeout>},
    {{"max-memory", "SIZE", false,
      "Bytes of packets held for all connections (K, M, G); 0: no limit. Default: 0"},
     set_bytes<&Options::max_memory, kMinMemory, true>},
    {{"max-connection-memory", "SIZE", false,
      "Bytes of packets received that a connection may hold; beyond, it is not listened to until "
      "there are less; 0: no limit. Default: 128M"},
     set_bytes<&Options::max_connection_memory, kMinMemory, true>},
    {{"max-window", "SIZE", false,
      "Bytes that may be under way to the server in a connection. Default: 64M"},
     set_bytes<&Options::max_window, 64 * 1024, false>},
    {{"max-queued", "SIZE", false,
      "Bytes of answers that wait for a client to read before it is listened to again. Default: "
      "256K"},
     set_bytes<&Options::max_queued, 64 * 1024, false>},
    {{"max-handles", "N", false, "Files and folders open in an SFTP session. Default: 1024"},
     set_number<&Options::max_handles, 1, kMaxHandles>},
    {{"max-kex-size", "SIZE", false,
      "Bytes that a client may send for a key exchange; 0: no limit. Default: 256K"},
     set_bytes<&Options::max_kex_size, 64 * 1024, true>},
    {{"kex-timeout", "TIME", false,
      "For a key exchange before the login; 0: no limit. Default: 120"},
     set_time<&Options::kex_timeout>},
    {{"rekey-timeout", "TIME", false,
      "For a key exchange after the login; 0: no limit. Default: 0"},
     set_time<&Options::rekey_timeout>},
    {{"drain-time", "TIME", false,
      "After SIGTERM, for files that are open and programs that run; a second one ends them. "
      "Default: 30"},
     set_time<&Options::drain_time>},
};

}  // namespace

std::span<const OptionRow> limit_options() noexcept {
    return kOptions;
}

}  // namespace nacre::sftpd
