/// \file
/// Keys in PKCS#11 tokens as Signers.
#pragma once
#include <nacre/crypto/provider.hpp>
#include <nacre/pkcs11/uri.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nacre::pkcs11 {

/// Objects looked at in one token, and slots of one module.
constexpr std::size_t kMaxObjects = 1024;
constexpr std::size_t kMaxSlots = 256;

/// A public key in a token.
struct KeyInfo {
    std::string token;  ///< its label, without the blanks at its end
    std::string label;  ///< CKA_LABEL
    Bytes id;           ///< CKA_ID
    std::string type;   ///< of `blob`
    Bytes blob;         ///< RFC 4253 s6.6
};

/// Asked for the PIN of a token, by its label: when keys are looked up, and on whatever thread a
/// key signs when the token has forgotten the login meanwhile. nullopt: there is none. Never asked
/// again after nullopt or a PIN that the token refused, as tokens count: signatures that want a
/// login are answered with peer_refused from then on.
using AskPin = std::function<std::optional<SecretBytes>(const std::string& token)>;

/// The public keys that fit `uri`, without a login: RSA, ECDSA with nistp256, nistp384 and
/// nistp521, Ed25519. Keys of other kinds are left out. Errors: not_found (no such module, no such
/// token), local_failed (the token fails; detail: the CK_RV).
Result<std::vector<KeyInfo>> list_keys(const Uri& uri);

/// Signers for the private keys that fit `uri` and whose public half is in the token. Logs in to
/// each token that fits. They are immediate() and costly(): sign() blocks while the token computes
/// (one signature at a time for each token) and may be called from any thread. Signatures are
/// verified before they are answered. A session that the token has ended is begun anew, with a new
/// login. The PIN is not kept. Modules stay loaded until the program ends.
/// Errors: as list_keys; not_found (no key fits); peer_refused (wrong PIN, or none).
Result<std::vector<std::shared_ptr<Signer>>> make_signers(const Uri& uri, AskPin ask_pin,
                                                          const Provider& provider);

}  // namespace nacre::pkcs11
