/// \file
/// Whether to believe the X.509 certificates of a key (RFC 5280 s6, RFC 6187 s4), and whose they
/// are.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/x509.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxX509Anchors = 1024;
constexpr std::size_t kMaxX509Crls = 256;
/// Bytes of PEM text, of the anchors and of the CRLs.
constexpr std::size_t kMaxX509TrustText = 16 * 1024 * 1024;

enum class X509Purpose : std::uint8_t {
    client,  ///< the certificate of a user
    server,  ///< that of a host
};

struct X509Use {
    X509Purpose purpose = X509Purpose::client;
    std::string_view host;  ///< server: its DNS name or numeric address, without the port
    std::chrono::system_clock::time_point now;
};

/// What a certificate says of whom it is of. A program maps it to its users. The texts are the
/// certificate's: escape them before they are shown.
struct X509Identity {
    std::string subject;                ///< `CN="alice",O="Example"`, in the certificate's order
    std::string issuer;                 ///< the same of the authority
    std::string serial;                 ///< hexadecimal
    std::string fingerprint;            ///< of the certificate: SHA-256, "0A:1B:..."
    std::string not_before, not_after;  ///< "2026-01-31T23:59:59Z", UTC
    std::vector<std::string> purposes;  ///< extKeyUsage, as "1.3.6.1..."; none: it has none
    std::vector<std::string> common_names;     ///< CN of the subject
    std::vector<std::string> emails;           ///< subjectAltName rfc822Name; the domain lower case
    std::vector<std::string> principal_names;  ///< subjectAltName otherName UPN (Microsoft's)
    std::vector<std::string> dns_names;        ///< subjectAltName dNSName, in lower case
    /// X509Trust::check(): the keys of the authorities on the path, the anchor's last, as SSH's
    /// blobs, to look for among revoked ones; those of types that SSH has no blob for are left out.
    std::vector<Bytes> authority_keys;

    /// Whether one of the texts of `field` is exactly `value`: "subject", "cn", "email", "upn",
    /// "dns", "fingerprint". False for other fields and for an empty value.
    bool has(std::string_view field, std::string_view value) const noexcept;
    /// Whether has() knows `field`.
    static bool is_field(std::string_view field) noexcept;
    /// `value` as certificates have it: fingerprints in upper case with colons, DNS names and
    /// domains of email addresses in lower case. Errors: local_misuse (no field, an empty value, or
    /// a fingerprint that is none).
    static Result<std::string> normalized(std::string_view field, std::string_view value);
};

/// Trust anchors and CRLs. Immutable; usable from every thread.
class X509Trust {
  public:
    virtual ~X509Trust() = default;
    /// Whether the path from the key's certificate to an anchor is valid. Certificates in the blob
    /// must each be the issuer of the one before; with the anchor there are 16 at most. OCSP
    /// responses in it are checked; nothing is fetched. Where there are CRLs each certificate but
    /// the anchor's needs one that is current, or an OCSP response, or says that it is never
    /// revoked (RFC 9608). A CRL for a part of the certificates (RFC 5280 s5.2.5) counts for those
    /// whose distribution points name its own, for users' or for authorities' only; of those for
    /// the same part the newest counts, also before its time: then nobody is trusted. An authority
    /// but the anchor that is for certain purposes (extKeyUsage) is for this one, and for clients
    /// or servers of TLS, or any, which Botan asks for. Signatures in the path are by SHA-2 or
    /// EdDSA, authorities' keys worth 110 bits (RSA: 2048 to 8192 bits); the key itself is as
    /// Provider::public_key() takes it. Costs as many public-key operations as there are
    /// certificates, and more with OCSP responses: milliseconds, so not for the thread of many
    /// sessions.
    /// \param key  one with PublicKey::x509()
    /// Errors: peer_refused, with the rule as text; local_misuse, out_of_memory.
    virtual Result<X509Identity> check(const PublicKey& key, const X509Use& use) const = 0;
};

/// \param anchors  PEM, at least one CERTIFICATE that is self-signed; other text is passed over
/// \param crls     PEM, at least one X509 CRL, signed by SHA-2 or EdDSA; nothing: revocation is not
///                 asked for. None may be indirect, of some reasons only, or of attribute
///                 certificates.
/// Errors: local_failed (a damaged file, none of these in it), local_limit, out_of_memory.
Result<std::shared_ptr<const X509Trust>> make_x509_trust(
    std::string_view anchors, std::optional<std::string_view> crls = std::nullopt);

/// What a certificate says of itself, which nobody has vouched for: for a log. No authority_keys.
/// Errors: peer_malformed, out_of_memory.
Result<X509Identity> read_x509_identity(ByteView der);

/// The certificates in a PEM file, DER, in its order: that of a key and then those of its
/// authorities. Errors: local_failed (a damaged file, none in it), local_limit (more than
/// kMaxX509Certificates), out_of_memory.
Result<std::vector<Bytes>> read_x509_certificates(std::string_view pem);

}  // namespace nacre
