#include "nacre-keys/x509_key.hpp"

#include "keys/spki.hpp"

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged X.509 certificate";

// Leaves `tbs` at the subjectPublicKeyInfo.
void pass_to_key(DerReader& tbs) noexcept {
    if (tbs.tag() == der::context(0)) tbs.element();  // version
    tbs.take(der::kInteger);                          // serial number, of any sign and size
    tbs.take(der::kSequence);                         // signature
    tbs.take(der::kSequence);                         // issuer
    tbs.take(der::kSequence);                         // validity
    tbs.take(der::kSequence);                         // subject
}

}  // namespace

Result<void> take_certificate(DerReader& from, LoadedKey& into) {
    if (into.certificates.size() >= kMaxCertificates)
        return key_error(KeyFault::over_limit, "too many certificates in the file");
    const ByteView whole = from.element();
    DerReader certificate = from.within(whole).sequence();
    DerReader tbs = certificate.sequence();
    certificate.take(der::kSequence);   // signatureAlgorithm
    certificate.take(der::kBitString);  // signature
    certificate.end();
    pass_to_key(tbs);
    if (!tbs.ok()) return tbs.error(kDamaged);
    auto blob = take_spki(tbs);
    if (!blob && fault_of(blob.error()) != KeyFault::unsupported) return blob.error();
    if (blob) {
        NACRE_TRY(const std::string_view type, public_blob_type(*blob));
        into.public_keys.push_back({std::string(type), *blob, {}});
    }
    into.certificates.push_back(to_bytes(whole));
    return {};
}

Result<void> check_certificates(const LoadedKey& loaded) {
    if (!loaded.public_keys.empty()) return {};
    if (loaded.certificates.empty())
        return key_error(KeyFault::not_a_key, "no certificate in the file");
    DerDocument document(loaded.certificates.front());
    DerReader certificate = document.reader().sequence();
    DerReader tbs = certificate.sequence();
    pass_to_key(tbs);
    auto blob = take_spki(tbs);
    if (!blob) return blob.error();
    return {};
}

}  // namespace nacre::detail
