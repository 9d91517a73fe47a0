/// \file
/// What a token is asked to sign for an SSH signature, and how its answer becomes one.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/provider.hpp>

#include <p11-kit/pkcs11.h>

#include <string_view>

namespace nacre::pkcs11::detail {

/// One way to make signatures of an algorithm.
struct Way {
    std::string_view algorithm;
    CK_MECHANISM_TYPE mechanism;   ///< takes the data of prepare()
    std::string_view hash;         ///< empty: the data are signed as they are
    std::string_view digest_info;  ///< stands before the hash; RSA
    /// RSA: the mechanism that hashes by itself, for tokens that have it; else `mechanism`.
    CK_MECHANISM_TYPE whole;
};

/// The ways for a key of `type`, best first; empty for other types.
std::span<const Way> ways_for(std::string_view type) noexcept;

/// The bytes for Way::mechanism. Errors: unsupported.
Result<Bytes> prepare(const Way& way, ByteView data, const Provider& provider);

/// The signature blob (string algorithm, string data) from what the token has answered; two numbers
/// of equal length for ECDSA. Errors: crypto_failed.
Result<Bytes> signature_blob(const Way& way, ByteView raw);

}  // namespace nacre::pkcs11::detail
