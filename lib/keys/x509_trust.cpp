#include "crypto/botan/key_x509.hpp"
#include "keys/botan_guard.hpp"
#include "keys/pem.hpp"
#include "keys/x509_identity.hpp"
#include "keys/x509_store.hpp"

#include <nacre/keys/key_fault.hpp>
#include <nacre/keys/x509_trust.hpp>

#include <botan/ber_dec.h>
#include <botan/bigint.h>
#include <botan/ocsp.h>
#include <botan/pk_keys.h>
#include <botan/pkix_types.h>
#include <botan/x509_crl.h>
#include <botan/x509path.h>

#include <algorithm>
#include <optional>

namespace nacre {

namespace {

using Certificates = std::vector<Botan::X509_Certificate>;

constexpr std::string_view kCertificate = "CERTIFICATE";
constexpr std::size_t kMinAuthorityStrength = 110;  // bits; RSA keys of 2048 have it
constexpr std::string_view kRsa = "1.2.840.113549.1.1.1";
constexpr std::string_view kEc = "1.2.840.10045.2.1";
constexpr std::string_view kEd25519 = "1.3.101.112";
constexpr std::string_view kEd448 = "1.3.101.113";
constexpr std::string_view kClientPurpose = "1.3.6.1.5.5.7.3.21";  // id-kp-secureShellClient
constexpr std::string_view kServerPurpose = "1.3.6.1.5.5.7.3.22";  // id-kp-secureShellServer
constexpr std::string_view kAnyPurpose = "2.5.29.37.0";
constexpr std::size_t kMaxRsaBytes = 1024;
constexpr std::size_t kMaxExponentBytes = 4;
constexpr std::uint8_t kOidTag = 0x06;

constexpr Error refused(const char* rule) noexcept {
    return {Errc::peer_refused, Disconnect::none, 0, rule};
}
constexpr Error unusable(const char* what, Errc code = Errc::local_failed) noexcept {
    return {code, Disconnect::none, 0, what};
}

/// Calls take(DER) for each PEM block of that label.
template <class Take>
Result<void> for_each_block(std::string_view text, std::string_view label, Take take) {
    if (text.size() > kMaxX509TrustText)
        return unusable("too large a file of X.509 certificates or CRLs", Errc::local_limit);
    detail::PemBlocks blocks(text);
    for (;;) {
        auto block = blocks.next();
        if (!block) {
            if (fault_of(block.error()) == KeyFault::not_a_key) return {};
            return unusable(block.error().what);
        }
        if (block->label != label) continue;
        NACRE_CHECK(detail::decode_pem(*block));
        NACRE_CHECK(take(block->body.view()));
    }
}

/// Whether verifying with an authority's key, which nobody has vouched for yet, costs no more than
/// it should: no curve by its numbers, no RSA key of any size.
bool is_cheap(const Botan::X509_Certificate& authority) {
    const auto& algorithm = authority.subject_public_key_algo();
    const std::string oid = algorithm.oid().to_string();
    if (oid == kEc) return !algorithm.parameters().empty() && algorithm.parameters()[0] == kOidTag;
    if (oid != kRsa) return oid == kEd25519 || oid == kEd448;
    Botan::BigInt n, e;
    Botan::BER_Decoder(authority.subject_public_key_bitstring(), Botan::BER_Decoder::Limits::DER())
        .start_sequence()
        .decode(n)
        .decode(e)
        .end_cons();
    return n.bytes() <= kMaxRsaBytes && e.bytes() <= kMaxExponentBytes;
}

/// Whether a certificate is for this purpose: any is that does not say what for (RFC 6187 s2.2).
bool is_for(const Botan::X509_Certificate& certificate, X509Purpose purpose) {
    const auto purposes = certificate.extended_key_usage();
    const auto wanted = purpose == X509Purpose::client ? kClientPurpose : kServerPurpose;
    return purposes.empty() ||
           std::any_of(purposes.begin(), purposes.end(), [&](const Botan::OID& oid) {
               const std::string text = oid.to_string();
               return text == wanted || text == kAnyPurpose;
           });
}

/// Whether the key may sign for this purpose.
Result<void> check_usage(const Botan::X509_Certificate& leaf, X509Purpose purpose) {
    if (!leaf.allowed_usage(Botan::Key_Constraints::DigitalSignature))
        return refused("X.509 certificate not for signatures");
    if (!is_for(leaf, purpose)) return refused("X.509 certificate for another purpose");
    return {};
}

/// Whether the hash of a signature can still be relied on.
bool is_strong(const Botan::X509_CRL& crl) {
    const std::string name = crl.signature_algorithm().oid().to_formatted_string();
    return name.find("SHA-1") == std::string::npos && name.find("MD") == std::string::npos;
}

/// Each certificate is the issuer of the one before, and none comes twice: then there is one way
/// only, and the search for it is short.
Result<void> check_order(const Certificates& chain) {
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (chain[i - 1].issuer_dn() != chain[i].subject_dn())
            return refused("X.509 certificates not in order");
        for (std::size_t before = 0; before < i; ++before)
            if (chain[before].subject_dn() == chain[i].subject_dn())
                return refused("two X.509 certificates of one name");
        if (!is_cheap(chain[i])) return refused("X.509 authority with an unsupported key");
    }
    return {};
}

class Trust final : public X509Trust {
  public:
    Result<void> take(std::string_view anchors, std::optional<std::string_view> crls) {
        std::size_t certificates = 0;
        bool has_anchor = false;
        NACRE_CHECK(for_each_block(anchors, kCertificate, [&](ByteView der) -> Result<void> {
            if (++certificates > kMaxX509Anchors)
                return unusable("too many trust anchors", Errc::local_limit);
            const Botan::X509_Certificate certificate(der);
            has_anchor = has_anchor || certificate.is_self_signed();
            store_.add(certificate);
            return {};
        }));
        if (!has_anchor) return unusable("no self-signed certificate in the file of trust anchors");
        return crls ? take_crls(*crls) : Result<void>();
    }

    Result<X509Identity> check(const PublicKey& key, const X509Use& use) const override {
        const X509Chain* chain = key.x509();
        if (chain == nullptr)
            return Error{Errc::local_misuse, Disconnect::none, 0, "not an X.509 key"};
        return detail::guarded(refused("X.509 certificates damaged"),
                               [&] { return check_chain(*chain, use); });
    }

  private:
    Result<void> take_crls(std::string_view text) {
        std::size_t crls = 0;
        NACRE_CHECK(for_each_block(text, "X509 CRL", [&](ByteView der) -> Result<void> {
            if (++crls > kMaxX509Crls) return unusable("too many CRLs", Errc::local_limit);
            Botan::X509_CRL crl(std::vector<std::uint8_t>(der.begin(), der.end()));
            if (!is_strong(crl)) return unusable("a CRL with a weak signature");
            if (const char* why = detail::X509Store::unfit(crl)) return unusable(why);
            store_.add(std::move(crl));
            return {};
        }));
        // A file that was emptied must not look like one that revokes nothing.
        if (crls == 0) return unusable("no X509 CRL in the file of CRLs");
        asks_for_crls_ = true;
        return {};
    }

    Result<X509Identity> check_chain(const X509Chain& shown, const X509Use& use) const {
        Certificates chain;
        for (const Bytes& der : shown.certificates) chain.emplace_back(der);
        NACRE_CHECK(check_usage(chain.front(), use.purpose));
        NACRE_CHECK(check_order(chain));
        const auto responses = responses_of(shown, chain, use);
        // The strength that is asked for here would be that of the leaf, too.
        const Botan::Path_Validation_Restrictions restrictions(
            asks_for_crls_, 0, asks_for_crls_, {"SHA-256", "SHA-384", "SHA-512", "SHAKE-256(912)"});
        const auto result = Botan::x509_path_validate(chain, restrictions, store_, "",
                                                      Botan::Usage_Type::UNSPECIFIED, use.now,
                                                      std::chrono::milliseconds(0), responses);
        if (!result.successful_validation()) {
            const char* rule = Botan::Path_Validation_Result::status_string(result.result());
            return refused(rule == nullptr ? "X.509 certificate not valid" : rule);
        }
        const auto& path = result.cert_path();
        X509Identity identity = detail::x509_identity(chain.front());
        for (std::size_t i = 1; i < path.size(); ++i) {
            if (path[i].subject_public_key()->estimated_strength() < kMinAuthorityStrength)
                return refused("X.509 authority with a weak key");
            if (i + 1 < path.size() && !is_for(path[i], use.purpose))
                return refused("X.509 authority for another purpose");
            if (auto key = detail::x509_key_blob(path[i]))
                identity.authority_keys.push_back(std::move(*key));
        }
        // RFC 6187 s4: a host's names are those in the subjectAltName.
        if (use.purpose == X509Purpose::server && !is_of_host(chain.front(), use.host))
            return refused("X.509 certificate of another host");
        return identity;
    }

    static bool is_of_host(const Botan::X509_Certificate& leaf, std::string_view host) {
        if (const auto v4 = Botan::IPv4Address::from_string(host)) return leaf.matches_ip(*v4);
        if (const auto v6 = Botan::IPv6Address::from_string(host)) return leaf.matches_ip(*v6);
        const auto name = Botan::DNSName::from_string(host);
        // Botan would take the subject's CN where there is no name in the extension.
        return name && !leaf.subject_alt_name().dns_names().empty() && leaf.matches_dns_name(*name);
    }

    /// The OCSP responses in the order of the certificates that they are of, which is how Botan
    /// wants them. Those of none are left out.
    std::vector<std::optional<Botan::OCSP::Response>> responses_of(const X509Chain& shown,
                                                                   const Certificates& chain,
                                                                   const X509Use& use) const {
        std::vector<std::optional<Botan::OCSP::Response>> sorted;
        if (shown.ocsp_responses.empty()) return sorted;
        sorted.resize(chain.size());
        for (const Bytes& der : shown.ocsp_responses) {
            const Botan::OCSP::Response response(der);
            for (std::size_t i = 0; i < chain.size(); ++i) {
                const bool is_last = i + 1 == chain.size();
                const Certificates issuers = is_last
                                                 ? store_.find_all_certs(chain[i].issuer_dn(), {})
                                                 : Certificates{chain[i + 1]};
                for (const auto& issuer : issuers)
                    if (response.status_for(issuer, chain[i], use.now) !=
                        Botan::Certificate_Status_Code::OCSP_CERT_NOT_LISTED)
                        sorted[i] = response;
            }
        }
        return sorted;
    }

    detail::X509Store store_;
    bool asks_for_crls_ = false;
};

}  // namespace

Result<std::vector<Bytes>> read_x509_certificates(std::string_view pem) {
    std::vector<Bytes> all;
    NACRE_CHECK(for_each_block(pem, kCertificate, [&](ByteView der) -> Result<void> {
        if (all.size() == kMaxX509Certificates)
            return unusable("too many X.509 certificates", Errc::local_limit);
        all.push_back(to_bytes(der));
        return {};
    }));
    if (all.empty()) return unusable("no X.509 certificate in the file");
    return all;
}

Result<std::shared_ptr<const X509Trust>> make_x509_trust(std::string_view anchors,
                                                         std::optional<std::string_view> crls) {
    return detail::guarded(unusable("damaged X.509 certificate or CRL"),
                           [&]() -> Result<std::shared_ptr<const X509Trust>> {
                               auto trust = std::make_shared<Trust>();
                               NACRE_CHECK(trust->take(anchors, crls));
                               return std::shared_ptr<const X509Trust>(std::move(trust));
                           });
}

Result<X509Identity> read_x509_identity(ByteView der) {
    constexpr Error kDamaged{Errc::peer_malformed, Disconnect::none, 0,
                             "damaged X.509 certificate"};
    return detail::guarded(kDamaged, [&]() -> Result<X509Identity> {
        return detail::x509_identity(Botan::X509_Certificate(der));
    });
}

}  // namespace nacre
