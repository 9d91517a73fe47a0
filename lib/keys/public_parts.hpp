/// \file
/// Public key blobs from the parts that key files hold.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>
#include <nacre/keys/key_fault.hpp>

#include <string_view>

namespace nacre::detail {

// Numbers are magnitudes, big-endian. Errors: damaged, out_of_memory.

Result<Bytes> rsa_public_blob(ByteView e, ByteView n);
Result<Bytes> dsa_public_blob(ByteView p, ByteView q, ByteView g, ByteView y);

/// `curve` is "nistp256", "nistp384" or "nistp521", `point` uncompressed.
Result<Bytes> ecdsa_public_blob(std::string_view curve, ByteView point);

/// `type` is "ssh-ed25519" or "ssh-ed448".
Result<Bytes> edwards_public_blob(std::string_view type, ByteView point);

}  // namespace nacre::detail
