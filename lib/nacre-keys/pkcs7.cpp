#include "nacre-keys/pkcs7.hpp"

#include "nacre-keys/x509_key.hpp"

namespace nacre::detail {

Result<void> take_pkcs7(DerReader& from, LoadedKey& into) {
    constexpr const char* kDamaged = "damaged PKCS#7 file";
    DerReader info = from.sequence();
    const std::string type = info.oid();
    if (!info.ok()) return info.error(kDamaged);
    if (type != "1.2.840.113549.1.7.2")
        return key_error(KeyFault::unsupported, "PKCS#7 file of other contents than SignedData");
    DerReader signed_data = info.enter(der::context(0)).sequence();
    signed_data.number();              // version
    signed_data.take(der::kSet);       // digestAlgorithms
    signed_data.take(der::kSequence);  // encapContentInfo
    if (signed_data.ok() && signed_data.tag() != der::context(0))
        return key_error(KeyFault::not_a_key, "PKCS#7 file without certificates");
    DerReader certificates = signed_data.enter(der::context(0));
    if (!certificates.ok()) return certificates.error(kDamaged);
    while (certificates.more()) {
        // Other kinds of certificates have tags of their own (RFC 5652 s10.2.2).
        if (certificates.tag() != der::kSequence) {
            certificates.element();
            continue;
        }
        NACRE_CHECK(take_certificate(certificates, into));
    }
    if (!certificates.ok()) return certificates.error(kDamaged);
    return check_certificates(into);
}

}  // namespace nacre::detail
