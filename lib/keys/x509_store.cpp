#include "keys/x509_store.hpp"

namespace nacre::detail {

namespace {

/// Whether the keys that two things were signed with may be the same.
bool may_agree(const std::vector<std::uint8_t>& one, const std::vector<std::uint8_t>& other) {
    return one.empty() || other.empty() || one == other;
}

}  // namespace

std::optional<Botan::X509_CRL> X509Store::find_crl_for(
    const Botan::X509_Certificate& subject) const {
    const Botan::X509_CRL* newest = nullptr;
    for (const Botan::X509_CRL& crl : crls_) {
        if (crl.issuer_dn() != subject.issuer_dn() ||
            !may_agree(crl.authority_key_id(), subject.authority_key_id()))
            continue;
        if (newest == nullptr || newest->this_update() < crl.this_update()) newest = &crl;
    }
    if (newest == nullptr) return std::nullopt;
    return *newest;
}

}  // namespace nacre::detail
