#include "keys/sec1.hpp"

#include "keys/botan_guard.hpp"
#include "keys/dek_info.hpp"
#include "keys/key_math.hpp"
#include "keys/private_fields.hpp"

#include <botan/asn1_obj.h>
#include <botan/ber_dec.h>

namespace nacre::detail {

namespace {

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged elliptic curve private key");

std::string_view curve_of(std::string_view oid) noexcept {
    if (oid == "1.2.840.10045.3.1.7") return "nistp256";
    if (oid == "1.3.132.0.34") return "nistp384";
    if (oid == "1.3.132.0.35") return "nistp521";
    return {};
}

}  // namespace

Result<PrivateKey> read_sec1_der(ByteView der, std::string_view curve_oid) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        Botan::secure_vector<std::uint8_t> d;
        std::vector<std::uint8_t> point;
        Botan::OID inner;
        constexpr auto kContext = Botan::ASN1_Class::ExplicitContextSpecific;
        Botan::BER_Decoder(der)
            .start_sequence()
            .decode_and_check<std::size_t>(1, "version")
            .decode(d, Botan::ASN1_Type::OctetString)
            .decode_optional(inner, Botan::ASN1_Type(0), kContext)
            .decode_optional_string(point, Botan::ASN1_Type::BitString, 1, kContext)
            .end_cons()
            .verify_end();
        const std::string inner_oid = inner.empty() ? std::string() : inner.to_string();
        if (!inner_oid.empty() && !curve_oid.empty() && inner_oid != curve_oid) return kDamaged;
        const auto curve = curve_of(inner_oid.empty() ? curve_oid : std::string_view(inner_oid));
        if (curve.empty()) return key_error(KeyFault::unsupported, "elliptic curve not supported");
        // RFC 5915 s3: the public key is optional.
        if (point.empty()) {
            NACRE_TRY(point, ecdsa_public_point(curve, d));
        }
        return ecdsa_private_key(curve, point, d);
    });
}

Result<PrivateKey> read_sec1_key(const Pem& pem, const AskPassphrase& ask) {
    if (!is_dek_encrypted(pem)) return read_sec1_der(pem.body, {});
    NACRE_TRY(const SecretBytes der, open_dek(pem, ask));
    return blame_passphrase(read_sec1_der(der, {}));
}

}  // namespace nacre::detail
