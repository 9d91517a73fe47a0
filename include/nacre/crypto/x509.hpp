/// \file
/// Keys whose blobs are X.509 certificates: the names of RFC 6187, and x509v3-sign-rsa and
/// x509v3-sign-dss of the drafts before RFC 4253, which older programs still speak. Whether to
/// believe one is for keys/x509_trust.hpp to say.
#pragma once
#include <nacre/crypto/provider.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxX509Certificates = 16;         ///< in a blob
constexpr std::size_t kMaxX509Certificate = 64 * 1024;   ///< bytes of one
constexpr std::size_t kMaxX509OcspResponse = 64 * 1024;  ///< bytes of one
constexpr std::uint32_t kMinRsa2048Bits = 2048;          ///< of x509v3-rsa2048-sha256

/// A key type of X.509 certificates. It is the one signature algorithm of its keys, too.
struct X509Algorithm {
    std::string_view name;            ///< "x509v3-rsa2048-sha256"
    std::string_view key_type;        ///< of the key in the certificate: "ssh-rsa"
    std::string_view algorithm;       ///< that this key signs with: "rsa-sha2-256"
    std::string_view signature_name;  ///< that stands in signatures: "rsa2048-sha256"
    bool insecure = false;
    /// The blob is one certificate and nothing else, without a name in front.
    bool bare = false;
};

/// All of them, in the order of preference.
std::span<const X509Algorithm> x509_algorithms() noexcept;

/// The one of that name, or nullptr.
const X509Algorithm* find_x509_algorithm(std::string_view name) noexcept;

/// The name that stands in signatures by `algorithm`: "rsa2048-sha256", and of OpenSSH's
/// certificates the plain name. Of all others `algorithm` itself.
std::string signature_name(std::string_view algorithm);

/// What stands in a blob. Owns its fields.
struct X509Chain {
    std::string type;                   ///< a X509Algorithm::name
    std::vector<Bytes> certificates;    ///< DER: that of the key, then the issuer of each before
    std::vector<Bytes> ocsp_responses;  ///< DER; no more than there are certificates
    Bytes key;                          ///< the blob of the key alone, RFC 4253 s6.6
};

/// Takes a blob apart, strictly: at least one certificate, no empty field, nothing behind the last.
/// What is in the certificates is not looked at, so `key` stays empty, and with it the `type` of a
/// blob that is one bare certificate. Errors: peer_malformed, peer_limit, unsupported.
Result<X509Chain> parse_x509_blob(ByteView blob);

/// The blob of `certificates`, that of the key first. Precondition: at least one certificate;
/// `algorithm` is one of x509_algorithms(); of a bare blob the others are left out.
Bytes x509_blob(const X509Algorithm& algorithm, std::span<const Bytes> certificates,
                std::span<const Bytes> ocsp_responses = {});

/// The key of a chain whose `type` and `key` are known. `plain` is that key. Errors: peer_malformed
/// when the type is not one of `plain`, unsupported when it is too short for the type.
Result<std::shared_ptr<const PublicKey>> make_x509_key(ByteView blob, X509Chain chain,
                                                       std::shared_ptr<const PublicKey> plain);

/// A signer of `key` that shows X.509 certificates: for a login with them, or as a server's host
/// key. Signs whenever `key` does. \param type  an X509Algorithm::name for the type of `key`
/// Errors: unsupported, local_failed when the first certificate is not that of `key`, those of
/// Provider::public_key().
Result<std::shared_ptr<Signer>> make_x509_signer(std::shared_ptr<Signer> key, std::string_view type,
                                                 std::span<const Bytes> certificates,
                                                 const Provider& provider);

}  // namespace nacre
