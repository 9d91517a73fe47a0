/// \file
/// Whether to believe an OpenSSH certificate (sshd_config(5): TrustedUserCAKeys,
/// AuthorizedPrincipalsFile, RevokedKeys; ssh-keygen(1), CERTIFICATES).
#pragma once
#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/key_options.hpp>
#include <nacre/keys/revoked_keys.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

/// Options that restrict nothing, not even to touched security keys: for what only narrows others.
KeyOptions no_key_options();

/// A name that certificates may give their users, and what a login by it may do.
struct AuthorizedPrincipal {
    std::string name;
    KeyOptions options;
};

/// An authority whose user certificates are accepted.
struct UserAuthority {
    Bytes key;  ///< blob, RFC 4253 s6.6
    /// One of the certificate's principals must be among them. Not set: the user's name must be
    /// one of the certificate's principals.
    std::optional<std::vector<AuthorizedPrincipal>> principals;
    KeyOptions options;  ///< of every login by it
};

/// The authority in a cert-authority line of authorized_keys.
UserAuthority user_authority(const AuthorizedKey& line);

/// What a server accepts of user certificates.
struct CertificatePolicy {
    /// Of several with one key the first counts that grants the login.
    std::vector<UserAuthority> authorities;
    /// With what authorities may sign; empty: the provider's defaults.
    std::vector<std::string> ca_signature_algorithms;
    std::uint32_t min_rsa_bits = 2048;  ///< of the key and of the authority's
};

/// A login with a certificate, or a connection to a host that shows one.
struct CertificateUse {
    std::string_view name;  ///< the user's, or the host's in lower case without its port
    LoginOrigin origin;     ///< for a host only the time counts
};

/// Whether the user may log in with a certificate, and what they may then do: what the certificate,
/// its principal and its authority all allow. All that is cheap comes before the signature, which
/// is checked too. Revoked keys are not looked at. \param key  one with PublicKey::certificate()
/// Errors: peer_refused, with the rule as text; those of check_certificate_signature().
Result<LoginRestrictions> decide_user_certificate(const CertificatePolicy& policy,
                                                  const PublicKey& key, const CertificateUse& use,
                                                  const Provider& provider);

/// Whether a server, or for a host's certificate a client, understands what it says: critical
/// options that are known, with data as they should be, and none for hosts. Extensions that are not
/// known are passed over. Errors: peer_refused, peer_malformed.
Result<void> check_certificate_options(const Certificate& certificate);

/// Whether a certificate is the host's, its authority being trusted: of a host, valid now, one of
/// its principals ('*' and '?' are wildcards) the host's name, no critical options, rightly signed.
/// Errors: as decide_user_certificate().
Result<void> check_host_certificate(const PublicKey& key, const CertificateUse& use,
                                    std::span<const std::string> ca_signature_algorithms,
                                    const Provider& provider, std::uint32_t min_rsa_bits = 2048);

}  // namespace nacre
