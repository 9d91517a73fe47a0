/// \file
/// The private fields of a key as openssh-key-v1 files and agents encode them (PROTOCOL.key s3),
/// made from the parts that other formats hold, and checked.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/key.hpp>
#include <nacre/wire/reader.hpp>

#include <string_view>

namespace nacre::detail {

/// Reads the private fields of a key of `type`, and nothing behind them, from `fields`, derives the
/// public blob, and checks that private and public half belong together. (The fields of a security
/// key are a public key and a handle, which only the device can check.) The comment is empty.
/// Errors: damaged, unsupported, out_of_memory.
Result<PrivateKey> read_private_fields(std::string_view type, Reader& fields) noexcept;

/// Magnitudes, big-endian; leading zeros do no harm.
struct RsaParts {
    ByteView n, e, d, iqmp, p, q;
};
/// Errors as read_private_fields.
Result<PrivateKey> rsa_private_key(const RsaParts& parts) noexcept;

/// Magnitudes as in RsaParts.
struct DsaParts {
    ByteView p, q, g, y, x;
};
/// Errors as read_private_fields.
Result<PrivateKey> dsa_private_key(const DsaParts& parts) noexcept;

/// `curve` is "nistp256", "nistp384" or "nistp521", `d` a magnitude. Errors as read_private_fields.
Result<PrivateKey> ecdsa_private_key(std::string_view curve, ByteView point, ByteView d) noexcept;

/// `seed` and `public_key` are 32 bytes each. Errors as read_private_fields.
Result<PrivateKey> ed25519_private_key(ByteView seed, ByteView public_key) noexcept;

/// The same with 57 bytes each.
Result<PrivateKey> ed448_private_key(ByteView seed, ByteView public_key) noexcept;

}  // namespace nacre::detail
