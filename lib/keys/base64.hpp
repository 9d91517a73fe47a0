/// \file
/// Base64 (RFC 4648 s4), strict about padding.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <string>
#include <string_view>

namespace nacre::detail {

enum class Blanks : std::uint8_t { refused, skipped };

/// The bytes that `text` encodes. Constant-time in the characters. Errors: peer_malformed,
/// out_of_memory.
Result<SecretBytes> decode_base64(std::string_view text, Blanks blanks) noexcept;

/// Padded base64 of bytes that are no secret.
std::string encode_base64(ByteView bytes);

/// Padded base64 in lines of `width` characters, each ended by "\n".
Result<SecretBytes> encode_base64_lines(ByteView bytes, std::size_t width) noexcept;

}  // namespace nacre::detail
