/// \file
/// The MAC of a PKCS#12 file (RFC 7292 s4 and appendix B).
#pragma once
#include "keys/der.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre::detail {

struct Pkcs12Mac {
    const char* hash = "";  ///< Botan's name
    KeyEncryption info;     ///< of the derivation; there is no cipher
    Bytes digest;
    Bytes salt;
    std::uint32_t iterations = 1;
};

/// Takes MacData. Errors: damaged, truncated, unsupported, over_limit, out_of_memory.
Result<Pkcs12Mac> take_pkcs12_mac(DerReader& from);

/// Whether `content` has that MAC under the passphrase. Errors: wrong_passphrase, out_of_memory.
Result<void> check_pkcs12_mac(const Pkcs12Mac& mac, ByteView passphrase, ByteView content) noexcept;

}  // namespace nacre::detail
