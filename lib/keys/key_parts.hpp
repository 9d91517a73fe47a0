/// \file
/// Private keys of ssh-dss and ssh-ed448 from the parts that key files hold.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/key.hpp>

namespace nacre::detail {

/// Magnitudes, big-endian. An empty `y` is computed.
struct DsaParts {
    ByteView p, q, g, y, x;
};
/// Errors as read_private_fields.
Result<PrivateKey> dsa_private_key(const DsaParts& parts) noexcept;

/// `seed` and `public_key` are 57 bytes each; an empty `public_key` is computed. Errors as
/// read_private_fields.
Result<PrivateKey> ed448_private_key(ByteView seed, ByteView public_key) noexcept;

}  // namespace nacre::detail
