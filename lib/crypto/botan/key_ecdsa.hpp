/// \file
/// ecdsa-sha2-nistp256, -nistp384 and -nistp521 (RFC 5656 s3).
#pragma once
#include "crypto/botan/registry.hpp"

#include <nacre/wire/reader.hpp>

#include <botan/ecdsa.h>

#include <optional>

namespace nacre::detail {

extern const KeyEntry kEcdsaEntries[3];

/// Reads string curve, string point of a key of `type`, one of kEcdsaEntries, from `reader`;
/// nothing when they are not those of a point on its curve. May throw.
std::optional<Botan::ECDSA_PublicKey> read_ecdsa_point(std::string_view type, Reader& reader);

/// Whether `signature` (mpint r, mpint s) was made by `key` over `data`. May throw.
bool verify_ecdsa(const Botan::ECDSA_PublicKey& key, std::string_view hash, ByteView data,
                  ByteView signature);

}  // namespace nacre::detail
