/// \file
/// Numbers in the values of options, and how a value is shown in a complaint.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::sftpd {

/// All of `text` as a decimal number without sign, or nothing.
template <class T>
std::optional<T> parse_number(std::string_view text) {
    T number{};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || at != end) return {};
    return number;
}

inline std::string quoted(std::string_view text) {
    return std::string("'").append(text).append("'");
}

}  // namespace nacre::sftpd
