/// \file
/// OpenSSH certificates (OpenSSH PROTOCOL.certkeys): a public key with what an authority vouches
/// for. Whether to believe one is for keys/certificate_policy.hpp and keys/known_hosts.hpp to say.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/reply.hpp>
#include <nacre/crypto/provider.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxCertificate = 64 * 1024;      ///< bytes of a blob
constexpr std::size_t kMaxCertificatePrincipals = 256;  ///< as OpenSSH
constexpr std::size_t kMaxCertificateOptions = 256;     ///< in each of the two lists
constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";
/// Certificate::valid_before of one that never expires.
constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

enum class CertificateKind : std::uint32_t { user = 1, host = 2 };

/// A critical option or an extension.
struct CertificateOption {
    std::string name;
    Bytes data;  ///< empty for a flag; a value stands in it as an SSH string
};

/// All that a certificate says. Owns its fields.
struct Certificate {
    std::string type;  ///< "ssh-ed25519-cert-v01@openssh.com"
    Bytes nonce;
    Bytes key;  ///< the blob of the key alone, RFC 4253 s6.6
    std::uint64_t serial = 0;
    CertificateKind kind = CertificateKind::user;
    std::string key_id;                     ///< for logs; any bytes but NUL
    std::vector<std::string> principals;    ///< user or host names; without any it is good for none
    std::uint64_t valid_after = 0;          ///< seconds since 1970, inclusive
    std::uint64_t valid_before = kForever;  ///< seconds since 1970, exclusive
    /// Each ordered by name, no name twice.
    std::vector<CertificateOption> critical_options, extensions;
    Bytes reserved;
    Bytes authority;  ///< blob of the key that signed
    Bytes signature;
    std::size_t signed_size = 0;  ///< how much of the blob, from its start, the signature covers

    /// The option of that name, or nullptr.
    const CertificateOption* critical_option(std::string_view name) const noexcept;
    const CertificateOption* extension(std::string_view name) const noexcept;
};

/// "ssh-rsa-cert-v01@openssh.com" of "ssh-rsa", for key types and signature algorithms alike; the
/// domain of "sk-ssh-ed25519@openssh.com" moves behind.
std::string certificate_name(std::string_view plain);

/// The reverse: "rsa-sha2-512" of "rsa-sha2-512-cert-v01@openssh.com". What is no certificate's
/// name stays as it is.
std::string plain_name(std::string_view name);

/// The key type that `algorithm` signs with: "ssh-rsa" for "rsa-sha2-512", and so for certificates.
std::string key_type_of(std::string_view algorithm);

/// Whether a blob names the key type that `algorithm` signs with. The rest of it is not looked at.
bool is_key_of(ByteView blob, std::string_view algorithm);

/// Whether `name` is a certificate's type or algorithm.
inline bool is_certificate_name(std::string_view name) noexcept {
    return name.size() > kCertificateSuffix.size() && name.ends_with(kCertificateSuffix);
}

/// The blob of the key alone, without a certificate or those of X.509; valid as long as `key`.
ByteView plain_blob(const PublicKey& key) noexcept;

/// Takes a blob apart, strictly: nothing behind the signature, options in order and once each, a
/// known kind, an authority that is no certificate itself. Neither the key nor the signature is
/// looked at. Errors: peer_malformed, peer_limit; unsupported for types that there are no
/// certificates of.
Result<Certificate> parse_certificate(ByteView blob);

/// Whether the authority in the certificate `key` signed it, with one of `algorithms` (empty: the
/// provider's defaults, no SHA-1 and no DSA). Says nothing of who the authority is. Costs one or
/// two public-key operations. Errors: crypto_failed; local_misuse when `key` is no certificate;
/// those of Provider::public_key() for the authority's key.
Result<void> check_certificate_signature(const PublicKey& key,
                                         std::span<const std::string> algorithms,
                                         const Provider& provider);

/// Has `authority` sign a certificate for `fields.key` and answers with its blob. Of `fields` type,
/// nonce, authority and signature are not looked at; options are put in order.
/// \param algorithm  one of the authority's; empty: its first
/// Errors: unsupported, over_limit, local_misuse (an option twice), those of Signer::sign().
void sign_certificate(Certificate fields, Signer& authority, std::string_view algorithm, Rng& rng,
                      Reply<Bytes> reply);

/// The data of an option that holds a text, as force-command does.
Bytes option_text(std::string_view text);

/// A signer of `key` that shows a certificate: for a login with it, or as a server's host key.
/// Signs whenever `key` does. Errors: local_failed when the certificate is not that of `key`, those
/// of parse_certificate().
Result<std::shared_ptr<Signer>> make_certificate_signer(std::shared_ptr<Signer> key,
                                                        ByteView certificate);

/// The key in a certificate blob: PublicKey::certificate() is what was parsed, verify() takes the
/// names of certificates' algorithms and wants plain ones in signatures. The signature of the
/// authority is not checked. Called by Provider::public_key(). Errors: as that.
Result<std::shared_ptr<const PublicKey>> make_certificate_key(ByteView blob,
                                                              const Provider& provider);

}  // namespace nacre
