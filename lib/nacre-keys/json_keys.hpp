/// \file
/// The objects of a JWK file with those members that matter.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <string_view>
#include <vector>

namespace nacre::detail {

/// The members of one JSON object whose values are strings and whose names are those of RFC 7517
/// and RFC 7518.
class JsonKey {
  public:
    /// Empty when there is no such member.
    std::string_view operator[](std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept;
    /// Errors through the answer: false when the name is there already.
    bool add(std::string_view name, SecretBytes value);

  private:
    struct Member {
        std::string_view name;  // a literal
        SecretBytes value;
    };
    std::vector<Member> members_;
};

/// The keys in `text`: that of the one object, or those in its array "keys". Errors: damaged and
/// truncated with the place, over_limit, out_of_memory.
Result<std::vector<JsonKey>> parse_json_keys(std::string_view text);

}  // namespace nacre::detail
