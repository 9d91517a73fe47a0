/// \file
/// Botan's hash functions as nacre::Hash.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/hash.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

/// As Provider::hash(). May throw what Botan throws.
Result<std::unique_ptr<Hash>> make_hash(std::string_view name);

}  // namespace nacre::detail
