/// \file
/// Lines and words of the text files that hold keys.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace nacre::detail {

/// The lines of a text without their ends ("\n" or "\r\n"); the last one needs none. Borrows.
class Lines {
  public:
    explicit Lines(std::string_view text) noexcept : rest_(text) {}
    /// The next line, or nullopt after the last.
    std::optional<std::string_view> next() noexcept {
        if (rest_.empty()) return std::nullopt;
        const auto end = rest_.find('\n');
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        return line;
    }
    /// What next() has not passed yet.
    std::string_view rest() const noexcept { return rest_; }

  private:
    std::string_view rest_;
};

/// `text` without blanks, tabs and line ends at both ends.
inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The characters up to the next blank or tab; `text` then begins behind the blanks that follow.
inline std::string_view take_word(std::string_view& text) noexcept {
    constexpr std::string_view kBlanks = " \t";
    const auto word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    const auto next = text.find_first_not_of(kBlanks);
    text.remove_prefix(next == std::string_view::npos ? text.size() : next);
    return word;
}

/// US-ASCII only, as header tags and option names are.
inline bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

/// `text` with '?' in place of every control character, so that it cannot break its line or steer a
/// terminal.
inline std::string without_controls(std::string_view text) {
    std::string clean(text);
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') c = '?';
    return clean;
}

/// ASCII letters as small ones.
inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

}  // namespace nacre::detail
