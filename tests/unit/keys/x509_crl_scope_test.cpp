// CRLs that are for a part of an authority's certificates (RFC 5280 s5.2.5).
#include "unit/keys/x509_made.hpp"

#include <botan/bigint.h>
#include <botan/der_enc.h>
#include <botan/pubkey.h>
#include <botan/x509_crl.h>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr const char* kPointA = "http://crl.example/a.crl";
constexpr const char* kPointB = "http://crl.example/b.crl";

/// An issuing distribution point by a name that is relative to its issuer's, which few have.
class RelativePoint final : public Botan::Certificate_Extension {
  public:
    std::unique_ptr<Certificate_Extension> copy() const override {
        return std::make_unique<RelativePoint>();
    }
    Botan::OID oid_of() const override {
        return Botan::Cert_Extension::CRL_Issuing_Distribution_Point::static_oid();
    }

  private:
    std::string oid_name() const override { return {}; }
    bool is_appropriate_context(Botan::Extension_Context) const override { return true; }
    // SEQUENCE { [0] { [1] { SEQUENCE { commonName, "a" } } } }
    std::vector<std::uint8_t> encode_inner() const override {
        return {0x30, 0x0e, 0xa0, 0x0c, 0xa1, 0x0a, 0x30, 0x08,
                0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 0x61};
    }
    void decode_inner(const std::vector<std::uint8_t>&) override {}
};

/// What a CRL is for: all of it when nothing is set.
struct Scope {
    const char* point = nullptr;
    bool users = false, authorities = false;
    std::optional<Botan::ReasonFlags> reasons{};
    bool indirect = false, attributes = false, relative = false;
};

/// A CRL of `by`, made `age` ago.
std::string scoped(const Holder& by, const Scope& scope, std::vector<const Holder*> revoked = {},
                   std::chrono::hours age = std::chrono::hours(1)) {
    std::optional<Botan::Cert_Extension::DistributionPointName> name;
    if (scope.point != nullptr) name.emplace(uri_name(scope.point));
    Botan::Extensions extensions;
    extensions.add(
        std::make_unique<Botan::Cert_Extension::Authority_Key_ID>(by.certificate.subject_key_id()));
    extensions.add(std::make_unique<Botan::Cert_Extension::CRL_Number>(Botan::BigInt::one()));
    if (name || scope.users || scope.authorities || scope.reasons || scope.indirect ||
        scope.attributes)
        extensions.add(std::make_unique<Botan::Cert_Extension::CRL_Issuing_Distribution_Point>(
                           name, scope.users, scope.authorities, scope.reasons, scope.indirect,
                           scope.attributes),
                       true);
    if (scope.relative) extensions.add(std::make_unique<RelativePoint>());
    std::vector<Botan::CRL_Entry> entries;
    for (const Holder* holder : revoked) entries.emplace_back(holder->certificate);
    auto authority = by.authority();
    const auto issued = std::chrono::system_clock::now() - age;
    std::vector<std::uint8_t> tbs;
    Botan::DER_Encoder list(tbs);
    list.start_sequence()
        .encode(std::size_t{1})
        .encode(authority.algorithm_identifier())
        .encode(by.certificate.subject_dn())
        .encode(Botan::X509_Time(issued))
        .encode(Botan::X509_Time(issued + std::chrono::hours(24 * 7)));
    if (!entries.empty()) list.start_sequence().encode_list(entries).end_cons();
    list.start_explicit(0).start_sequence().encode(extensions).end_cons().end_explicit();
    list.end_cons();
    return Botan::X509_CRL(Botan::X509_Object::make_signed(authority.signature_op(), rng(),
                                                           authority.algorithm_identifier(), tbs))
        .PEM_encode();
}

}  // namespace

TEST_CASE("x509 CRLs: those of the certificate's distribution point count", "[keys][x509]") {
    const Holder root("Root");
    const Holder a("alice", root, false, {kForClients}, kPointA);
    const Holder b("bob", root, false, {kForClients}, kPointB);
    const Holder none("carol", root, false, {kForClients});
    const Scope of_a{kPointA}, of_b{kPointB};
    using std::chrono::hours;
    for (const hours younger : {hours(1), hours(3)}) {
        CAPTURE(younger.count());
        // Each has its own, whichever is newer.
        const auto parts =
            trust(root.pem(), scoped(root, of_a, {}, younger) + scoped(root, of_b, {&b}, hours(2)));
        CHECK(refusal(*parts, {&a}) == "");
        CHECK(refusal(*parts, {&b}) == "Certificate is revoked");
        CHECK(refusal(*parts, {&none}) != "");
        // Of one point the newest counts: what was on hold may be taken off.
        const auto turns =
            trust(root.pem(), scoped(root, of_a, {&a}, younger) + scoped(root, of_a, {}, hours(2)));
        CHECK(refusal(*turns, {&a}) == (younger < hours(2) ? "Certificate is revoked" : ""));
        // Of those of different scopes each may revoke.
        const auto both =
            trust(root.pem(), scoped(root, of_a, {&a}, younger) + scoped(root, {}, {}, hours(2)));
        CHECK(refusal(*both, {&a}) == "Certificate is revoked");
        CHECK(refusal(*both, {&b}) == "");
        CHECK(refusal(*both, {&none}) == "");
    }
    CHECK(refusal(*trust(root.pem(), scoped(root, of_b)), {&a}) != "");
    // What is too old vouches for nobody, but no other scope suffers from it.
    const auto old = scoped(root, of_a, {}, hours(24 * 30));
    CHECK(refusal(*trust(root.pem(), old + scoped(root, of_b)), {&a}) == "CRL has expired");
    CHECK(refusal(*trust(root.pem(), old + scoped(root, of_b)), {&b}) == "");
}

TEST_CASE("x509 CRLs: users' and authorities' apart", "[keys][x509]") {
    const Holder root("Root");
    const Holder authority("Authority", root, true, {});
    const Holder user("alice", authority, false, {kForClients});
    const Holder direct("bob", root, false, {kForClients});
    Scope users, authorities;
    users.users = true;
    authorities.authorities = true;
    const auto of = [&](const std::string& crls, const std::vector<const Holder*>& chain) {
        return refusal(*trust(root.pem(), crls + scoped(authority, {})), chain);
    };
    for (const int turn : {1, 3}) {
        CAPTURE(turn);
        const std::chrono::hours age(turn), two(2);
        const auto good = scoped(root, users, {}, age) + scoped(root, authorities, {}, two);
        CHECK(of(good, {&user, &authority}) == "");
        CHECK(of(good, {&direct}) == "");
        const auto revoked =
            scoped(root, users, {&direct}, age) + scoped(root, authorities, {&authority}, two);
        CHECK(of(revoked, {&user, &authority}) == "Certificate is revoked");
        CHECK(of(revoked, {&direct}) == "Certificate is revoked");
    }
    CHECK(of(scoped(root, users), {&user, &authority}) != "");
    CHECK(of(scoped(root, authorities), {&direct}) != "");
}

TEST_CASE("x509 CRLs: those that cannot be honoured are refused", "[keys][x509]") {
    const Holder root("Root");
    Scope some, indirect, attributes, relative;
    some.reasons = Botan::ReasonFlags::KeyCompromise;
    indirect.indirect = true;
    attributes.attributes = true;
    relative.relative = true;
    const auto fault = [&](const Scope& scope) {
        const auto made = make_x509_trust(root.pem(), scoped(root, scope));
        return made ? std::string() : std::string(made.error().what);
    };
    CHECK(fault(some) == "a CRL of only some reasons");
    CHECK(fault(indirect) == "an indirect CRL");
    CHECK(fault(attributes) == "a CRL of attribute certificates");
    CHECK(fault(relative) == "a CRL with an unsupported issuing distribution point");
    CHECK(fault({}) == "");
}
