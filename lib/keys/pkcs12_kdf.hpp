/// \file
/// The key derivation of PKCS#12 (RFC 7292 appendix B.2), which its MAC and its old schemes of
/// encryption use.
#pragma once
#include <nacre/base/secret.hpp>

#include <cstdint>

namespace nacre::detail {

/// What is derived (RFC 7292 appendix B.3).
enum class Pkcs12Purpose : std::uint8_t { key = 1, iv = 2, mac = 3 };

struct Pkcs12Derivation {
    const char* hash = "";  ///< Botan's name
    Pkcs12Purpose purpose = Pkcs12Purpose::key;
    ByteView salt;
    std::uint32_t iterations = 1;
};

/// `size` bytes from a passphrase in UTF-8. Throws std::bad_alloc, and what Botan throws when it
/// does not know the hash.
SecretBytes derive_pkcs12(const Pkcs12Derivation& how, ByteView passphrase, std::size_t size);

/// How often a derivation of `size` bytes runs through all iterations: once for each output of the
/// hash. Throws as derive_pkcs12().
std::size_t pkcs12_blocks(const char* hash, std::size_t size);

/// The passphrase as a BMPString with the zero behind it: UTF-16, with surrogates for what is
/// beyond the BMP, as OpenSSL and others do it. Bytes that are not UTF-8 are taken for Latin-1.
SecretBytes pkcs12_passphrase(ByteView passphrase);

}  // namespace nacre::detail
