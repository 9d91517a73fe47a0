/// \file
/// base64url without padding (RFC 4648 s5), as JWK has it.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <string_view>

namespace nacre::detail {

/// Errors: peer_malformed, out_of_memory.
Result<SecretBytes> decode_base64url(std::string_view text) noexcept;

/// Errors: out_of_memory.
Result<SecretBytes> encode_base64url(ByteView bytes) noexcept;

}  // namespace nacre::detail
