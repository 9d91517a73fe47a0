/// \file
/// Diffie-Hellman in the fixed groups of RFC 2409 and RFC 3526 (RFC 4253 s8, RFC 8268), and in a
/// group that the server chooses (RFC 4419, RFC 8270).
#pragma once
#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

constexpr std::uint32_t kMinGroupBits = 2048;  ///< RFC 8270
constexpr std::uint32_t kMaxGroupBits = 8192;
constexpr std::size_t kCostlyGroupBits = 4096;

/// diffie-hellman-group1-sha1, -group14-sha1, -group14-sha256, -group15-sha512 to -group18-sha512
Result<std::unique_ptr<KexMethod>> make_dh_kex(std::string_view name, const KexContext& context);

/// diffie-hellman-group-exchange-sha256 and -sha1, in the form with three sizes (RFC 4419 s3)
Result<std::unique_ptr<KexMethod>> make_dh_gex_kex(std::string_view name,
                                                   const KexContext& context);

}  // namespace nacre::detail
