/// \file
/// How options are listed, each with what takes its value over; the lists together are all of them.
#pragma once
#include "numbers.hpp"
#include "options.hpp"

namespace nacre::sftpd {

struct OptionRow {
    OptionInfo info;
    /// Takes a value over: what is wrong with it, or nothing.
    std::string (*set)(Options&, const std::string&);
};

std::span<const OptionRow> general_options() noexcept;
std::span<const OptionRow> limit_options() noexcept;
std::span<const OptionRow> sftp_options() noexcept;

/// Any text but an empty one.
template <std::string Options::*kField>
std::string set_text(Options& options, const std::string& value) {
    if (value.empty()) return "is empty";
    if (value.find('\0') != std::string::npos) return "contains a NUL byte";
    options.*kField = value;
    return {};
}

template <bool Options::*kField>
std::string set_flag(Options& options, const std::string& value) {
    if (value != "true" && value != "false") return "not true or false: " + quoted(value);
    options.*kField = value == "true";
    return {};
}

/// A number from `kLeast` to `kMost`.
template <std::uint32_t Options::*kField, std::uint32_t kLeast, std::uint32_t kMost>
std::string set_number(Options& options, const std::string& value) {
    const auto number = parse_number<std::uint32_t>(value);
    if (!number || *number < kLeast || *number > kMost)
        return "not a number from " + std::to_string(kLeast) + " to " + std::to_string(kMost) +
               ": " + quoted(value);
    options.*kField = *number;
    return {};
}

/// What one option of several texts stands for.
template <class T, std::size_t kCount>
std::string set_choice(T& field, const std::string& value,
                       const std::array<std::pair<std::string_view, T>, kCount>& choices) {
    std::string names;
    for (const auto& choice : choices) {
        if (value == choice.first) {
            field = choice.second;
            return {};
        }
        if (!names.empty()) names += &choice == &choices.back() ? " or " : ", ";
        names += choice.first;
    }
    return "not " + names + ": " + quoted(value);
}

/// Seconds, or with s, m or h behind the number; at most a day. Nothing if it is no such time.
std::optional<std::chrono::seconds> parse_time(std::string_view text) noexcept;

template <std::chrono::seconds Options::*kField>
std::string set_time(Options& options, const std::string& value) {
    const auto time = parse_time(value);
    if (!time) return "not a time of at most a day (s, m and h may follow): " + quoted(value);
    options.*kField = *time;
    return {};
}

/// --per-source-penalties and --per-source-penalty-exempt.
std::string set_penalties(Options& options, const std::string& value);
std::string set_penalty_exempt(Options& options, const std::string& value);

/// Calls take(part) for each part between commas or blanks, until it complains.
template <class Take>
std::string for_each_part(std::string_view text, Take&& take) {
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(", "), text.size());
        const auto part = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (part.empty()) continue;
        if (std::string wrong = take(part); !wrong.empty()) return wrong;
    }
    return {};
}

/// Bytes, with K, M or G behind the number. Nothing if it is no such number.
std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

}  // namespace nacre::sftpd
