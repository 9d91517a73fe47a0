/// \file
/// Keys in PKCS#11 tokens, as programs name them: pkcs11:token=...;object=...?module-path=...
#pragma once
#include <nacre/crypto/provider.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nacre::tools {

/// Whether an option names keys in tokens and no file.
inline bool names_token(const std::string& option) {
    return option.starts_with("pkcs11:");
}

/// `option` as it may be shown and logged: of what names keys in tokens only what stands in front
/// of '?', as behind it may be a PIN; or of a PIN that is in the wrong place.
inline std::string shown_name(const std::string& option) {
    if (!names_token(option)) return option;
    return option.substr(0, std::min(option.find('?'), option.find("pin-value")));
}

/// Asks for the PIN of a token.
using AskTokenPin = std::function<std::optional<SecretBytes>(const std::string& token)>;

/// The keys that `uri` names. The PIN is the first line of the URI's pin-source, a file that only
/// its owner may read, or else what `ask` answers. Errors: those of pkcs11::parse_uri() and
/// pkcs11::make_signers(); unsupported, when this was built without PKCS#11.
Result<std::vector<std::shared_ptr<Signer>>> token_signers(const std::string& uri, AskTokenPin ask,
                                                           const Provider& provider);

}  // namespace nacre::tools
