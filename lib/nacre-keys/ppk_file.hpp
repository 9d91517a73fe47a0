/// \file
/// The lines of a PuTTY private key file.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nacre::detail {

struct PpkArgon2 {
    std::string_view flavour;  ///< "Argon2id", "Argon2i" or "Argon2d"; a literal
    std::uint32_t memory = 0;
    std::uint32_t passes = 0;
    std::uint32_t parallelism = 0;
    Bytes salt;
};

struct PpkFile {
    int version = 3;  ///< 2 or 3
    std::string type;
    bool encrypted = false;
    std::string comment;
    Bytes public_blob;
    PpkArgon2 argon2;          ///< version 3 and encrypted only
    SecretBytes private_blob;  ///< encrypted or not, as it stands in the file
    Bytes mac;
};

constexpr std::string_view kPpkAes = "aes256-cbc";
constexpr std::string_view kPpkNoEncryption = "none";

/// Whether a text begins as a PuTTY private key file of any version does.
bool is_ppk(std::string_view text) noexcept;

/// Takes a file apart; nothing in it is checked but its form and its limits. Errors: not_a_key,
/// damaged, truncated, unsupported, over_limit, out_of_memory.
Result<PpkFile> parse_ppk(std::string_view text);

/// The text of `file`.
Result<SecretBytes> format_ppk(const PpkFile& file);

}  // namespace nacre::detail
