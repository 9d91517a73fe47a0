#include "times.hpp"

#include "../numbers.hpp"

#include <nacre/crypto/certificate.hpp>

#include <time.h>

#include <array>
#include <chrono>
#include <limits>

namespace nacre::tools {

namespace {

constexpr std::uint64_t kMaxSeconds = std::uint64_t{1} << 40;  // beyond the year 30000

std::optional<std::uint64_t> seconds_of(char unit) {
    switch (unit) {
        case 's':
        case 'S':
            return 1;
        case 'm':
        case 'M':
            return 60;
        case 'h':
        case 'H':
            return 60 * 60;
        case 'd':
        case 'D':
            return 24 * 60 * 60;
        case 'w':
        case 'W':
            return 7 * 24 * 60 * 60;
        default:
            return std::nullopt;
    }
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto count = parse_number<std::uint64_t>(text.substr(0, digits));
        if (!count || *count > kMaxSeconds) return std::nullopt;
        text.remove_prefix(digits);
        std::optional<std::uint64_t> unit = 1;
        if (!text.empty()) {
            unit = seconds_of(text.front());
            text.remove_prefix(1);
        }
        if (!unit || *count > kMaxSeconds / *unit) return std::nullopt;
        total += *count * *unit;
        if (total > kMaxSeconds) return std::nullopt;
    }
    return total;
}

std::optional<std::uint64_t> parse_date(std::string_view text) {
    const bool utc = text.ends_with('Z') || text.ends_with('z');
    if (utc) text.remove_suffix(1);
    if (text.size() != 8 && text.size() != 12 && text.size() != 14) return std::nullopt;
    if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    const auto part = [&](std::size_t from, std::size_t size) {
        return from + size > text.size() ? 0 : *parse_number<int>(text.substr(from, size));
    };
    const tm wanted{.tm_sec = part(12, 2),
                    .tm_min = part(10, 2),
                    .tm_hour = part(8, 2),
                    .tm_mday = part(6, 2),
                    .tm_mon = part(4, 2) - 1,
                    .tm_year = part(0, 4) - 1900,
                    .tm_wday = 0,
                    .tm_yday = 0,
                    .tm_isdst = -1,
                    .tm_gmtoff = 0,
                    .tm_zone = nullptr};
    tm made = wanted;
    const time_t seconds = utc ? ::timegm(&made) : ::mktime(&made);
    // The 31st of April would become the 1st of May; an hour that summer time leaves out moves.
    if (seconds < 0 || made.tm_mday != wanted.tm_mday || made.tm_mon != wanted.tm_mon ||
        made.tm_min != wanted.tm_min || wanted.tm_hour > 23 || wanted.tm_sec > 59)
        return std::nullopt;
    return static_cast<std::uint64_t>(seconds);
}

}  // namespace

std::optional<std::uint64_t> parse_time(std::string_view text, std::uint64_t now) {
    if (text.starts_with('+') || text.starts_with('-')) {
        const auto duration = parse_duration(text.substr(1));
        if (!duration) return std::nullopt;
        if (text.front() == '+') return now + *duration;
        return *duration > now ? std::nullopt : std::optional(now - *duration);
    }
    if (text.starts_with("0x")) return parse_number<std::uint64_t>(text.substr(2), 16);
    return parse_date(text);
}

Outcome<Validity> parse_validity(std::string_view text, std::uint64_t now) {
    const auto colon = text.find(':');
    const bool has_from = colon != std::string_view::npos;
    const std::string_view from = text.substr(0, has_from ? colon : 0);
    const std::string_view to = text.substr(has_from ? colon + 1 : 0);
    // As ssh-keygen: a full minute, one to two ago, for clocks that are late.
    std::optional<std::uint64_t> after = now < 60 ? 0 : (now - 59) / 60 * 60;
    if (has_from) after = from == "always" ? 0 : parse_time(from, now);
    const auto before = to == "forever" ? kForever : parse_time(to, now);
    if (!after || !before)
        return wrong_usage(
            "--valid wants TO or FROM:TO, as +52w, 20260101:20270101 or "
            "always:forever");
    if (*after >= *before) return wrong_usage("--valid ends before it begins");
    return Validity{*after, *before};
}

std::string time_text(std::uint64_t seconds, bool utc) {
    if (seconds > kMaxSeconds) return std::to_string(seconds);
    const auto when = static_cast<time_t>(seconds);
    tm parts{};
    if (utc ? ::gmtime_r(&when, &parts) == nullptr : ::localtime_r(&when, &parts) == nullptr)
        return std::to_string(seconds);
    std::array<char, 64> text{};
    const auto size = ::strftime(text.data(), text.size(),
                                 utc ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%dT%H:%M:%S", &parts);
    return {text.data(), size};
}

std::string validity_text(const Validity& validity) {
    const bool begins = validity.after != 0;
    const bool ends = validity.before != kForever;
    if (!begins && !ends) return "forever";
    if (!ends) return "after " + time_text(validity.after);
    if (!begins) return "before " + time_text(validity.before);
    return "from " + time_text(validity.after) + " to " + time_text(validity.before);
}

std::uint64_t time_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace nacre::tools
