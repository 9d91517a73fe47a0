/// \file
/// Writes JSON Web Keys (RFC 7517, RFC 7518 s6, RFC 8037). load_key() reads them. In library
/// nacre-keys.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/key.hpp>

#include <string>
#include <string_view>

namespace nacre {

/// Whether a comment can be `kid`: printable US-ASCII without '"' and '\', or empty.
bool is_jwk_comment(std::string_view comment) noexcept;

/// `key` as a JWK on one line, in clear: RSA, EC (P-256, P-384, P-521) or OKP (Ed25519, Ed448). The
/// comment becomes `kid` if it can.
/// Errors: unsupported, local_misuse, out_of_memory.
Result<SecretBytes> write_jwk(const PrivateKey& key);

/// The same for the public key `blob` (RFC 4253 s6.6). Errors: unsupported, peer_malformed,
/// out_of_memory.
Result<std::string> write_public_jwk(ByteView blob, std::string_view comment);

}  // namespace nacre
