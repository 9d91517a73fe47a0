/// \file
/// X.509 certificates and lists of revoked ones that Botan makes, and whether they are believed.
#pragma once
#include "unit/keys/x509_fixture.hpp"

#include <nacre/keys/x509_trust.hpp>

#include <botan/auto_rng.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/x509_ca.h>
#include <botan/x509_ext.h>
#include <botan/x509self.h>

namespace nacre::test {

inline constexpr const char* kMadeType = "x509v3-ecdsa-sha2-nistp256";
inline constexpr const char* kForClients = "1.3.6.1.5.5.7.3.21";
inline constexpr const char* kForWeb = "1.3.6.1.5.5.7.3.1";
using Purposes = std::vector<const char*>;

inline Botan::AutoSeeded_RNG& rng() {
    static Botan::AutoSeeded_RNG generator;
    return generator;
}

inline Botan::X509_Cert_Options options(const char* name, bool authority,
                                        const Purposes& purposes) {
    Botan::X509_Cert_Options chosen(name);
    if (authority)
        chosen.CA_key(4);
    else
        chosen.add_constraints(Botan::Key_Constraints::DigitalSignature);
    for (const char* purpose : purposes) chosen.add_ex_constraint(Botan::OID(purpose));
    return chosen;
}

inline Botan::AlternativeName uri_name(const char* uri) {
    Botan::AlternativeName name;
    name.add_uri(std::string_view(uri));
    return name;
}

/// A certificate and its private key, P-256.
struct Holder {
    Botan::ECDSA_PrivateKey key{rng(), Botan::EC_Group::from_name("secp256r1")};
    Botan::X509_Certificate certificate;

    explicit Holder(const char* name)
        : certificate(Botan::X509::create_self_signed_cert(options(name, true, {}), key, "SHA-256",
                                                           rng())) {}
    /// \param point  a URI that its CRL is said to be at, or nothing
    Holder(const char* name, const Holder& issuer, bool authority, const Purposes& purposes,
           const char* point = nullptr) {
        auto chosen = options(name, authority, purposes);
        if (point != nullptr) {
            using Points = Botan::Cert_Extension::CRL_Distribution_Points;
            chosen.extensions.add(
                std::make_unique<Points>(std::vector{Points::Distribution_Point(uri_name(point))}));
        }
        const auto request = Botan::X509::create_cert_req(chosen, key, "SHA-256", rng());
        const auto now = std::chrono::system_clock::now();
        certificate = issuer.authority().sign_request(
            request, rng(), Botan::X509_Time(now - std::chrono::hours(1)),
            Botan::X509_Time(now + std::chrono::hours(1)));
    }

    Botan::X509_CA authority(const char* hash = "SHA-256") const {
        return Botan::X509_CA(certificate, key, hash, rng());
    }
    std::string pem() const { return certificate.PEM_encode(); }
    std::string crl(const Holder* revoked = nullptr, const char* hash = "SHA-256") const {
        const auto by = authority(hash);
        auto list = by.new_crl(rng());
        if (revoked != nullptr)
            list = by.update_crl(list, {Botan::CRL_Entry(revoked->certificate)}, rng());
        return list.PEM_encode();
    }
};

inline std::shared_ptr<const X509Trust> trust(const std::string& anchors,
                                              std::optional<std::string_view> crls = std::nullopt) {
    auto made = make_x509_trust(anchors, crls);
    INFO((made ? "" : made.error().what));
    REQUIRE(made.has_value());
    return *std::move(made);
}

inline Result<X509Identity> check(const X509Trust& trust,
                                  const std::vector<const Holder*>& holders) {
    std::vector<Bytes> chain;
    for (const Holder* holder : holders) chain.push_back(holder->certificate.BER_encode());
    return trust.check(*x509_key(kMadeType, chain),
                       {X509Purpose::client, {}, std::chrono::system_clock::now()});
}

inline std::string refusal(const X509Trust& trust, const std::vector<const Holder*>& holders) {
    const auto identity = check(trust, holders);
    return identity ? "" : identity.error().what;
}

}  // namespace nacre::test
