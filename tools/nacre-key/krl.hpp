/// \file
/// Lists of revoked keys: shown, and parts of them as they stand on the command line.
#pragma once
#include "facts.hpp"

#include <nacre/keys/revoked_keys.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nacre::tools {

/// Whether a file is a binary list of revoked keys.
bool is_krl(ByteView file) noexcept;

Json krl_facts(const RevokedKeys& revoked);
/// With the fingerprints that the options ask for.
std::string krl_text(const RevokedKeys& revoked, const Arguments& arguments);

/// `N` or `N-M`, decimal, neither 0; N <= M.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_serials(std::string_view text);

}  // namespace nacre::tools
