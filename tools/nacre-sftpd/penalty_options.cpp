#include "option_row.hpp"

#include <algorithm>

namespace nacre::sftpd {

namespace {

using std::chrono::seconds;

constexpr seconds kLongest{24 * 60 * 60};
constexpr std::uint32_t kMaxSources = 1'000'000;
constexpr std::size_t kMaxExempt = 1000;

struct TimeRow {
    std::string_view name;
    seconds server::Penalties::*field;
};
constexpr TimeRow kTimes[] = {
    {"crash", &server::Penalties::crash},
    {"grace-exceeded", &server::Penalties::grace_exceeded},
    {"invaliduser", &server::Penalties::invalid_user},
    {"authfail", &server::Penalties::auth_fail},
    {"noauth", &server::Penalties::no_auth},
    {"min", &server::Penalties::min},
    {"max", &server::Penalties::max},
};

/// One NAME:VALUE.
std::string set_one(server::Penalties& penalties, std::string_view part) {
    const auto colon = std::min(part.find(':'), part.size());
    const auto name = part.substr(0, colon);
    const auto value = part.substr(std::min(colon + 1, part.size()));
    for (const auto& row : kTimes) {
        if (name != row.name) continue;
        const auto time = parse_time(value);
        if (!time) return "not NAME:TIME: " + quoted(part);
        penalties.*row.field = *time;
        return {};
    }
    if (name == "max-sources") {
        const auto number = parse_number<std::uint32_t>(value);
        if (!number || *number == 0 || *number > kMaxSources)
            return "not a number from 1 to " + std::to_string(kMaxSources) + ": " + quoted(part);
        penalties.max_sources = *number;
        return {};
    }
    if (name == "overflow" && (value == "permissive" || value == "deny-all")) {
        penalties.overflow_denies_all = value == "deny-all";
        return {};
    }
    return "unknown penalty " + quoted(part);
}

}  // namespace

std::optional<seconds> parse_time(std::string_view text) noexcept {
    seconds unit{1};
    if (!text.empty()) {
        const char last = text.back();
        if (last == 'm') unit = std::chrono::minutes(1);
        if (last == 'h') unit = std::chrono::hours(1);
        if (last == 's' || last == 'm' || last == 'h') text.remove_suffix(1);
    }
    const auto number = parse_number<std::uint32_t>(text);
    if (!number || *number > kLongest / unit) return {};
    return *number * unit;
}

std::string set_penalties(Options& options, const std::string& value) {
    auto& penalties = options.penalties;
    if (value == "off" || value == "on") {
        penalties.enabled = value == "on";
        return {};
    }
    if (value.empty()) return "is empty";
    penalties.enabled = true;
    return for_each_part(value, [&](std::string_view part) { return set_one(penalties, part); });
}

std::string set_penalty_exempt(Options& options, const std::string& value) {
    auto& exempt = options.penalties.exempt;
    exempt.clear();
    if (value == "none") return {};
    if (value.empty()) return "is empty";
    return for_each_part(value, [&](std::string_view part) -> std::string {
        const auto network = IpNetwork::parse(part);
        if (!network) return "not an address, and not a network: " + quoted(part);
        if (exempt.size() == kMaxExempt) return "too many networks";
        exempt.push_back(*network);
        return {};
    });
}

}  // namespace nacre::sftpd
