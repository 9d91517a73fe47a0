/// \file
/// The objects of a JWK file with those members that matter.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <string_view>
#include <vector>

namespace nacre::detail {

/// The members of one JSON object whose names are those of RFC 7517 and RFC 7518; all of these are
/// strings there.
class JsonKey {
  public:
    /// Empty when there is no such member.
    std::string_view operator[](std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept;
    /// Errors through the answer: false when the name is there already.
    bool add(std::string_view name, SecretBytes value);
    /// The same for a value that is no string; its member is empty.
    bool add_other(std::string_view name);
    bool has_other() const noexcept { return has_other_; }

  private:
    struct Member {
        std::string_view name;  // a literal
        SecretBytes value;
    };
    std::vector<Member> members_;
    bool has_other_ = false;
};

/// The keys in `text`: that of the one object, or those in its array "keys". Errors: damaged and
/// truncated with the place, over_limit, out_of_memory.
Result<std::vector<JsonKey>> parse_json_keys(std::string_view text);

}  // namespace nacre::detail
