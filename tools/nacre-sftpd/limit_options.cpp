#include "limit_options.hpp"

#include "numbers.hpp"

namespace nacre::sftpd {

namespace {

constexpr std::uint32_t kMaxStartups = 1'000'000;
constexpr std::uint32_t kMaxTries = 1000;
constexpr std::uint32_t kMaxSessions = 10'000;
constexpr std::uint32_t kMaxSeconds = 24 * 60 * 60;

std::string set_number(std::uint32_t& field, const std::string& value, std::uint32_t most) {
    const auto number = parse_number<std::uint32_t>(value);
    if (!number || *number == 0 || *number > most)
        return "not a number from 1 to " + std::to_string(most) + ": " + quoted(value);
    field = *number;
    return {};
}

}  // namespace

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

std::string set_max_auth_tries(Options& options, const std::string& value) {
    return set_number(options.max_auth_tries, value, kMaxTries);
}

std::string set_max_sessions(Options& options, const std::string& value) {
    return set_number(options.max_sessions, value, kMaxSessions);
}

}  // namespace nacre::sftpd
