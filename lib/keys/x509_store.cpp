#include "keys/x509_store.hpp"

#include <botan/x509_ext.h>

#include <algorithm>

namespace nacre::detail {

namespace {

/// Whether the keys that two things were signed with may be the same.
bool may_agree(const std::vector<std::uint8_t>& one, const std::vector<std::uint8_t>& other) {
    return one.empty() || other.empty() || one == other;
}

using Scope = Botan::Cert_Extension::CRL_Issuing_Distribution_Point;

const Scope* scope_of(const Botan::X509_CRL& crl) {
    return crl.extensions().get_extension_object_as<Scope>();
}

/// Whether the certificate is one of those that the CRL tells of (RFC 5280 s6.3.3 (b)).
bool covers(const Botan::X509_CRL& crl, const Botan::X509_Certificate& subject) {
    if (crl.issuer_dn() != subject.issuer_dn() ||
        !may_agree(crl.authority_key_id(), subject.authority_key_id()) ||
        !crl.has_matching_distribution_point(subject))
        return false;
    const Scope* scope = scope_of(crl);
    if (scope == nullptr) return true;
    const auto* constraints =
        subject.v3_extensions().get_extension_object_as<Botan::Cert_Extension::Basic_Constraints>();
    const bool authority = constraints != nullptr && constraints->is_ca();
    return !(authority ? scope->only_contains_user_certs() : scope->only_contains_ca_certs());
}

bool same_scope(const Botan::X509_CRL& one, const Botan::X509_CRL& other) {
    const auto bits = [](const Botan::X509_CRL& crl) {
        return crl.extensions().get_extension_bits(Scope::static_oid());
    };
    if (scope_of(one) == nullptr || scope_of(other) == nullptr)
        return scope_of(one) == scope_of(other);
    return bits(one) == bits(other);
}

}  // namespace

const char* X509Store::unfit(const Botan::X509_CRL& crl) {
    const Scope* scope = scope_of(crl);
    // Without the scope it would seem to be of all certificates.
    if (scope == nullptr)
        return crl.extensions().extension_set(Scope::static_oid())
                   ? "a CRL with an unsupported issuing distribution point"
                   : nullptr;
    if (scope->indirect_crl()) return "an indirect CRL";
    if (scope->only_some_reasons()) return "a CRL of only some reasons";
    if (scope->only_contains_attribute_certs()) return "a CRL of attribute certificates";
    return nullptr;
}

std::optional<Botan::X509_CRL> X509Store::find_crl_for(
    const Botan::X509_Certificate& subject) const {
    std::vector<const Botan::X509_CRL*> covering;
    for (const Botan::X509_CRL& crl : crls_)
        if (covers(crl, subject)) covering.push_back(&crl);
    const Botan::X509_CRL* chosen = nullptr;
    for (const Botan::X509_CRL* crl : covering) {
        const bool replaced =
            std::any_of(covering.begin(), covering.end(), [&](const Botan::X509_CRL* other) {
                return same_scope(*crl, *other) && crl->this_update() < other->this_update();
            });
        if (replaced) continue;
        if (crl->is_revoked(subject)) return *crl;
        if (chosen == nullptr || chosen->this_update() < crl->this_update()) chosen = crl;
    }
    if (chosen == nullptr) return std::nullopt;
    return *chosen;
}

}  // namespace nacre::detail
