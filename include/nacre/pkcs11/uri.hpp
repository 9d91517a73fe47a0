/// \file
/// `pkcs11:` URIs (RFC 7512): which keys in which tokens.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::pkcs11 {

constexpr std::string_view kScheme = "pkcs11:";
/// Bytes of a URI.
constexpr std::size_t kMaxUri = 4096;

/// What is nullopt fits everything.
struct Uri {
    std::optional<std::string> token, manufacturer, serial, model;  ///< of the token
    std::optional<std::uint64_t> slot_id;
    std::optional<std::string> object;  ///< the key's label
    std::optional<Bytes> id;            ///< CKA_ID
    std::string module_path;            ///< the library to load; empty: kDefaultModule
    std::string pin_file;               ///< file with the PIN, absolute; empty: ask
};

/// p11-kit's, which stands for all modules that the system is configured for.
constexpr std::string_view kDefaultModule = "p11-kit-proxy.so";

/// Attributes token, manufacturer, serial, model, slot-id, object, id, type (private or public, not
/// looked at further), module-path, pin-source (an absolute path, or file: and one). A pin-value is
/// refused: what stands on a command line is no secret.
/// Errors: peer_malformed; unsupported (attributes of other names, programs as pin-source);
/// local_misuse (pin-value); peer_limit.
Result<Uri> parse_uri(std::string_view text);

}  // namespace nacre::pkcs11
