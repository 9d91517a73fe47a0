/// \file
/// Hash functions by the names that SFTP has for them, for check-file and md5-hash.
#pragma once
#include <nacre/crypto/provider.hpp>

#include <memory>
#include <string_view>

namespace nacre {

/// "md5", "sha1", "sha224", "sha256", "sha384", "sha512" from `provider`, and "crc32" (that of zip
/// and gzip, its 4 bytes big-endian). Null for others.
std::unique_ptr<Hash> make_file_hash(const Provider& provider, std::string_view name);

}  // namespace nacre
