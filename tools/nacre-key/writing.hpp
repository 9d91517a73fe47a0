/// \file
/// Keys written in the format that --to names.
#pragma once
#include "arguments.hpp"

#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::tools {

enum class Target : std::uint8_t {
    openssh,
    pkcs8,
    ppk,
    ppk2,
    jwk,
    public_line,
    rfc4716,
    pem_public,
    jwk_public,
};

/// nullopt: no such format.
std::optional<Target> parse_target(std::string_view name);
bool is_private(Target target) noexcept;

/// The options of the private formats.
std::vector<OptionRow> writing_options();

/// How a private key is to be written.
struct Writing {
    Target target = Target::openssh;
    std::string cipher;                 ///< of openssh
    std::optional<std::uint32_t> cost;  ///< rounds or passes
    bool scrypt = false;                ///< of pkcs8
    std::optional<SecretBytes> passphrase;
};

/// Reads the options and asks for the new passphrase where one is needed. Wrong usage: an option
/// that the format has no use for.
Outcome<Writing> read_writing(Target target, const Arguments& arguments);

/// The file's bytes. Errors: those of the format's writer.
Result<SecretBytes> write_key(const PrivateKey& key, const Writing& writing);
/// \param target  a public one
Result<std::string> write_public_half(const PublicKeyText& key, Target target);

}  // namespace nacre::tools
