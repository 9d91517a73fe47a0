/// \file
/// ecdh-sha2-nistp256, -nistp384 and -nistp521 (RFC 5656 s4).
#pragma once
#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

Result<std::unique_ptr<KexMethod>> make_ecdh_kex(std::string_view name, const KexContext& context);

}  // namespace nacre::detail
