/// \file
/// How far the fields of a private key of some type reach in a message.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/wire/reader.hpp>

#include <string_view>

namespace nacre::agent::detail {

/// Takes the fields of a key of `type` and nothing behind them. What they hold is not looked at.
/// Errors: peer_malformed, unsupported (unknown type).
Result<ByteView> take_key_fields(std::string_view type, Reader& reader) noexcept;

}  // namespace nacre::agent::detail
