/// \file
/// RFC 4251 s5 name-list: comma-separated US-ASCII names.
#pragma once
#include <nacre/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nacre {

/// RFC 4251 s6 stops at 64 characters, but experimental algorithms in the field have longer names,
/// and a name that we do not know must not end the negotiation.
constexpr std::size_t kMaxNameLength = 256;

/// A borrowed name-list as it stands on the wire. Cheap to copy.
class NameList {
  public:
    constexpr NameList() noexcept = default;
    constexpr explicit NameList(std::string_view text) noexcept : text_(text) {}

    constexpr std::string_view text() const noexcept { return text_; }
    constexpr bool empty() const noexcept { return text_.empty(); }

    /// Calls f(std::string_view name) in order until it returns true; whether it did.
    template <class F>
    bool any_of(F&& f) const {
        std::string_view rest = text_;
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            if (f(rest.substr(0, comma))) return true;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
        return false;
    }
    bool contains(std::string_view name) const {
        return any_of([&](std::string_view n) { return n == name; });
    }
    /// The first name; empty for an empty list.
    std::string_view first() const noexcept { return text_.substr(0, text_.find(',')); }
    std::vector<std::string> names() const;

    /// RFC 4251 s5, s6: names of 1 to kMaxNameLength printable US-ASCII characters without space,
    /// no empty name. The empty list is well-formed, and so is a comma behind the last name, which
    /// libssh 0.10.6 sends.
    bool well_formed() const noexcept;

  private:
    std::string_view text_;
};

/// "a,b,c"
std::string join_names(const std::vector<std::string>& names);

}  // namespace nacre
