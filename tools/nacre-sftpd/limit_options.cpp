#include "option_row.hpp"

namespace nacre::sftpd {

namespace {

constexpr std::uint32_t kMaxStartups = 1'000'000;
constexpr std::uint32_t kMaxTries = 1000;
constexpr std::uint32_t kMaxSessions = 10'000;
constexpr std::uint32_t kMaxSeconds = 24 * 60 * 60;

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

std::string set_login_grace_time(Options& options, const std::string& value) {
    std::string_view digits = value;
    std::uint32_t unit = 1;
    if (!digits.empty() && std::string_view("smh").find(digits.back()) != std::string_view::npos) {
        unit = digits.back() == 'h' ? 3600 : digits.back() == 'm' ? 60 : 1;
        digits.remove_suffix(1);
    }
    const auto number = parse_number<std::uint32_t>(digits);
    if (!number || *number > kMaxSeconds / unit)
        return "not a time of at most a day (s, m and h may follow): " + quoted(value);
    options.login_grace_time = std::chrono::seconds(*number * unit);
    return {};
}

constexpr OptionRow kOptions[] = {
    {{"max-startups", "N", false,
      "Connections not yet logged in, as BEGIN:RATE:FULL or off. Default: 10:30:100"},
     set_max_startups},
    {{"login-grace-time", "TIME", false,
      "For the login, in seconds (s, m, h); 0: no limit. Default: 120"},
     set_login_grace_time},
    {{"max-auth-tries", "N", false, "Failed logins that end a connection. Default: 6"},
     set_number<&Options::max_auth_tries, 1, kMaxTries>},
    {{"max-sessions", "N", false, "Sessions open in a connection. Default: 10"},
     set_number<&Options::max_sessions, 1, kMaxSessions>},
};

}  // namespace

std::span<const OptionRow> limit_options() noexcept {
    return kOptions;
}

}  // namespace nacre::sftpd
