/// \file
/// Numbers as people write them on command lines.
#pragma once
#include <charconv>
#include <optional>
#include <string_view>

namespace nacre::tools {

/// All of `text` as a number of that base without sign, or nothing.
template <class T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
    T number{};
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc{} || at != end) return {};
    return number;
}

}  // namespace nacre::tools
