/// \file
/// Whether the parts of a private key belong together.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/keys/key_fault.hpp>

#include <string_view>

namespace nacre::detail {

struct RsaParts;
struct DsaParts;

constexpr Error kHalvesDiffer =
    key_error(KeyFault::damaged, "private and public key do not belong together");

/// The public key of an Ed25519 seed (RFC 8032 s5.1.5). Precondition: 32 bytes.
Result<Bytes> ed25519_public_key(ByteView seed) noexcept;

/// The public key of an Ed448 seed (RFC 8032 s5.2.5). Precondition: 57 bytes.
Result<Bytes> ed448_public_key(ByteView seed) noexcept;

/// The uncompressed point d*G. `curve` as in ecdsa_private_key(). Errors: damaged when d is out of
/// range.
Result<Bytes> ecdsa_public_point(std::string_view curve, ByteView d) noexcept;

/// `point` as SSH has it (RFC 5656 s3.1), uncompressed; an uncompressed one is not looked at.
/// `curve` as in ecdsa_private_key(). Errors: damaged when a compressed one is not on the curve,
/// unsupported for the hybrid form, out_of_memory.
Result<Bytes> uncompressed_point(std::string_view curve, ByteView point) noexcept;

/// n = pq, ed = 1 modulo p-1 and q-1, iqmp*q = 1 modulo p. That p and q are prime is not checked: a
/// key that its owner made up of others is the owner's affair.
Result<void> check_rsa(const RsaParts& parts) noexcept;

/// p of 1024 bits, q of 160, q a factor of p-1; g and y of order q; y = g^x. Errors: damaged,
/// unsupported for other sizes.
Result<void> check_dsa(const DsaParts& parts) noexcept;

}  // namespace nacre::detail
