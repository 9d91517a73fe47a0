#include "keys/pattern.hpp"
#include "keys/text.hpp"

#include <nacre/base/ip_network.hpp>
#include <nacre/keys/key_options.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace nacre {

namespace {

constexpr Error bad_options(const char* what) noexcept {
    return {Errc::peer_malformed, Disconnect::none, 0, what};
}

constexpr std::size_t kMaxOptionName = 64;
constexpr std::size_t kMaxHostName = 1025;        // NI_MAXHOST
constexpr std::uint32_t kMaxTunnel = 0x7ffffffd;  // above it sshd has numbers of its own

bool is_option_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
}

// The text between the quotes at the start of `rest`, which then begins behind them.
Result<std::string> take_quoted(std::string_view& rest) {
    if (rest.empty() || rest.front() != '"') return bad_options("value of an option not quoted");
    std::string value;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return value;
        }
        if (rest[at] == '\\' && at + 1 < rest.size() && rest[at + 1] == '"') ++at;
        value.push_back(rest[at]);
    }
    return bad_options("quotes of an option are not closed");
}

// The parts of `list` between commas.
std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
        const auto comma = list.find(',');
        parts.emplace_back(detail::trimmed(list.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

template <class T>
std::optional<T> number(std::string_view digits) noexcept {
    T value{};
    const auto end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    if (digits.empty() || error != std::errc() || at != end) return {};
    return value;
}

// ---- options without a value -----------------------------------------------------------------

struct Flag {
    std::string_view name;
    bool LoginRestrictions::*member;
};
constexpr Flag kFlags[] = {
    {"agent-forwarding", &LoginRestrictions::agent_forwarding},
    {"port-forwarding", &LoginRestrictions::port_forwarding},
    {"pty", &LoginRestrictions::pty},
    {"touch-required", &LoginRestrictions::touch_required},
    {"user-rc", &LoginRestrictions::user_rc},
    {"verify-required", &LoginRestrictions::verify_required},
    {"x11-forwarding", &LoginRestrictions::x11_forwarding},
};

// Whether `name` is such an option, which is then in force.
bool take_flag(std::string_view name, KeyOptions& options) noexcept {
    LoginRestrictions& r = options.restrictions;
    if (detail::same_ignoring_case(name, "cert-authority")) {
        options.cert_authority = true;
        return true;
    }
    if (detail::same_ignoring_case(name, "restrict")) {
        r.agent_forwarding = r.port_forwarding = r.pty = r.user_rc = r.x11_forwarding = false;
        return true;
    }
    const bool no = detail::same_ignoring_case(name.substr(0, 3), "no-");
    if (no) name.remove_prefix(3);
    for (const Flag& flag : kFlags) {
        if (!detail::same_ignoring_case(name, flag.name)) continue;
        r.*flag.member = !no;
        return true;
    }
    return false;
}

// ---- options with a value: what is wrong with it, or nullptr ---------------------------------

const char* take_command(std::string value, KeyOptions& options) {
    if (options.restrictions.force_command) return "more than one command";
    options.restrictions.force_command = std::move(value);
    return nullptr;
}

const char* take_environment(std::string value, KeyOptions& options) {
    auto& variables = options.restrictions.environment;
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) return "not NAME=value";
    const auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    const std::string name = value.substr(0, equals);
    if (!std::all_of(name.begin(), name.end(), is_name)) return "not NAME=value";
    if (variables.size() == kMaxKeyEnvironment) return "too many variables";
    // As in sshd, the first of a name counts.
    if (std::none_of(variables.begin(), variables.end(),
                     [&](const auto& known) { return known.first == name; }))
        variables.emplace_back(name, value.substr(equals + 1));
    return nullptr;
}

// Takes `count` digits as a number from `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) noexcept {
    if (text.size() < count) return {};
    const auto taken = number<unsigned>(text.substr(0, count));
    text.remove_prefix(count);
    if (!taken) return {};
    return static_cast<int>(*taken);
}

// YYYYMMDD[HHMM[SS]][Z]
std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) noexcept {
    const bool utc = text.ends_with('Z') || text.ends_with('z');
    if (utc) text.remove_suffix(1);
    if (text.size() != 8 && text.size() != 12 && text.size() != 14) return {};
    const auto year = take_digits(text, 4);
    const auto month = take_digits(text, 2);
    const auto day = take_digits(text, 2);
    const auto hour = text.empty() ? 0 : take_digits(text, 2);
    const auto minute = text.empty() ? 0 : take_digits(text, 2);
    const auto second = text.empty() ? 0 : take_digits(text, 2);
    if (!year || !month || !day || !hour || !minute || !second) return {};
    if (*year < 1970 || *hour > 23 || *minute > 59 || *second > 59) return {};
    std::tm parts{};
    parts.tm_year = *year - 1900;
    parts.tm_mon = *month - 1;
    parts.tm_mday = *day;
    parts.tm_hour = *hour;
    parts.tm_min = *minute;
    parts.tm_sec = *second;
    parts.tm_isdst = -1;
    const std::time_t time = utc ? ::timegm(&parts) : std::mktime(&parts);
    // Days that no month has come back as others.
    if (time <= 0 || parts.tm_mday != *day || parts.tm_mon != *month - 1) return {};
    return std::chrono::system_clock::from_time_t(time);
}

const char* take_expiry(std::string value, KeyOptions& options) {
    const auto time = parse_time(value);
    if (!time) return "not YYYYMMDD[HHMM[SS]][Z]";
    options.expires = std::min(options.expires.value_or(*time), *time);
    return nullptr;
}

const char* take_from(std::string value, KeyOptions& options) {
    if (!options.from.empty()) return "more than one list";
    options.from = split(value);
    if (options.from.size() > kMaxFromPatterns) return "too many patterns";
    for (const std::string& entry : options.from) {
        const std::string_view pattern =
            std::string_view(entry).substr(entry.starts_with('!') ? 1 : 0);
        if (pattern.empty()) return "an empty pattern";
        // A network with a slip in it covers nothing, or more than was meant.
        if (pattern.find('/') != std::string_view::npos && !IpNetwork::parse(pattern))
            return "malformed network";
    }
    return nullptr;
}

const char* take_principals(std::string value, KeyOptions& options) {
    if (!options.principals.empty()) return "more than one list";
    options.principals = split(value);
    for (const std::string& principal : options.principals)
        if (principal.empty()) return "an empty principal";
    return nullptr;
}

// Whether `text` is host:port, with brackets around a host that has colons in it.
bool is_host_and_port(std::string_view text) noexcept {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon >= kMaxHostName) return false;
    const auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (host.empty() || (!bracketed && host.find(':') != std::string_view::npos)) return false;
    return port == "*" || number<std::uint16_t>(port).value_or(0) != 0;
}

const char* add_permit(std::string value, std::optional<std::vector<std::string>>& permits) {
    if (!is_host_and_port(value)) return "not host:port";
    if (!permits) permits.emplace();
    if (permits->size() == kMaxKeyPermits) return "too many of them";
    permits->push_back(std::move(value));
    return nullptr;
}

const char* take_permit_open(std::string value, KeyOptions& options) {
    return add_permit(std::move(value), options.restrictions.permit_open);
}

const char* take_permit_listen(std::string value, KeyOptions& options) {
    if (value.find(':') == std::string::npos) value.insert(0, "*:");
    return add_permit(std::move(value), options.restrictions.permit_listen);
}

const char* take_tunnel(std::string value, KeyOptions& options) {
    if (value == "any") return nullptr;
    const auto device = number<std::uint32_t>(value);
    if (!device || *device > kMaxTunnel) return "not the number of a device";
    options.restrictions.tunnel = *device;
    return nullptr;
}

struct Valued {
    std::string_view name;
    const char* (*take)(std::string value, KeyOptions& options);
};
constexpr Valued kValued[] = {
    {"command", take_command},
    {"environment", take_environment},
    {"expiry-time", take_expiry},
    {"from", take_from},
    {"permitlisten", take_permit_listen},
    {"permitopen", take_permit_open},
    {"principals", take_principals},
    {"tunnel", take_tunnel},
};

const char* take_option(const KeyOption& option, KeyOptions& options) {
    if (!option.value) return take_flag(option.name, options) ? nullptr : "unknown option";
    for (const Valued& known : kValued) {
        if (!detail::same_ignoring_case(option.name, known.name)) continue;
        if (option.value->find('\0') != std::string::npos) return "NUL character";
        return known.take(*option.value, options);
    }
    return "unknown option";
}

}  // namespace

Result<std::vector<KeyOption>> parse_key_options(std::string_view text) {
    std::vector<KeyOption> options;
    for (;;) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_option_character);
        const auto length = static_cast<std::size_t>(end - text.begin());
        if (length == 0) return bad_options("option without a name");
        if (length > kMaxOptionName) return bad_options("name of an option too long");
        KeyOption option{std::string(text.substr(0, length)), std::nullopt};
        text.remove_prefix(length);
        if (!text.empty() && text.front() == '=') {
            text.remove_prefix(1);
            NACRE_TRY(option.value, take_quoted(text));
        }
        options.push_back(std::move(option));
        if (text.empty()) return options;
        if (text.front() != ',') return bad_options("options not separated by a comma");
        text.remove_prefix(1);
    }
}

Result<KeyOptions> read_key_options(const std::vector<KeyOption>& options) {
    KeyOptions all;
    for (std::size_t i = 0; i < options.size(); ++i)
        if (const char* wrong = take_option(options[i], all))
            return Error{Errc::peer_malformed, Disconnect::none, static_cast<std::uint32_t>(i),
                         wrong};
    return all;
}

bool comes_from(const std::vector<std::string>& patterns, const LoginOrigin& origin) noexcept {
    const auto address = IpAddress::parse(origin.address);
    std::string_view text = origin.address;
    // An IPv4 address that came in an IPv6 one is written as itself in patterns.
    if (address && address->is_v4()) text.remove_prefix(text.rfind(':') + 1);
    bool covered = false;
    for (const std::string& entry : patterns) {
        const bool negated = entry.starts_with('!');
        const std::string_view pattern = std::string_view(entry).substr(negated ? 1 : 0);
        const auto network = IpNetwork::parse(pattern);
        const bool matches = network ? address && network->contains(*address)
                                     : detail::matches_pattern(text, pattern) ||
                                           (!origin.host_name.empty() &&
                                            detail::matches_pattern(origin.host_name, pattern));
        if (matches && negated) return false;
        covered = covered || matches;
    }
    return covered;
}

const char* KeyOptions::refusal(const LoginOrigin& origin) const noexcept {
    if (expires && origin.now > *expires) return "the key has expired";
    if (!principals.empty() && !cert_authority) return "principals for a key that is no authority";
    if (!from.empty() && !comes_from(from, origin)) return "not an address the key may come from";
    return nullptr;
}

}  // namespace nacre
