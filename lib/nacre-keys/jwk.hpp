/// \file
/// JSON Web Keys (RFC 7517, RFC 7518 s6, RFC 8037), for load_key().
#pragma once
#include <nacre/keys/load_key.hpp>

#include <span>
#include <string_view>

namespace nacre::detail {

/// The three curves of ECDSA and their names in JWK.
struct JwkCurve {
    std::string_view jwk;    ///< "P-256"
    std::string_view name;   ///< "nistp256"
    std::size_t coordinate;  ///< bytes
};
std::span<const JwkCurve> jwk_curves() noexcept;

/// Reads a key or a set of keys. Errors: see KeyFault; out_of_memory.
Result<void> load_jwk(std::string_view text, LoadedKey& into);

}  // namespace nacre::detail
