/// \file
/// Object identifiers of key types and curves, for PKCS#8 and SubjectPublicKeyInfo alike.
#pragma once
#include <nacre/base/result.hpp>

#include <string_view>

namespace nacre::detail {

enum class KeyKind : std::uint8_t { rsa, dsa, ec, ed25519, ed448 };

/// Errors: unsupported; the text names the type when it is a known one.
Result<KeyKind> key_kind(std::string_view oid) noexcept;
std::string_view oid_of(KeyKind kind) noexcept;

/// "nistp256", ... Errors: unsupported; the text names the curve when it is a known one.
Result<std::string_view> curve_of_oid(std::string_view oid) noexcept;
/// Precondition: `curve` is one that curve_of_oid() gives.
std::string_view oid_of_curve(std::string_view curve) noexcept;

}  // namespace nacre::detail
