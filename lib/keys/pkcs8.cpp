#include "keys/pkcs8.hpp"

#include "keys/key_math.hpp"
#include "keys/key_oids.hpp"
#include "keys/key_parts.hpp"
#include "keys/pbe.hpp"
#include "keys/pkcs1.hpp"
#include "keys/private_fields.hpp"
#include "keys/sec1.hpp"

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged PKCS#8 private key";

// RFC 8410 s7: the seed is an OCTET STRING within the OCTET STRING.
Result<PrivateKey> take_edwards_key(DerReader& bits, KeyKind kind) {
    const ByteView seed = bits.octets();
    bits.end();
    if (!bits.ok()) return bits.error(kDamaged);
    if (kind == KeyKind::ed448) return ed448_private_key(seed, {});
    if (seed.size() != 32) return key_error(KeyFault::damaged, kDamaged);
    NACRE_TRY(const Bytes public_key, ed25519_public_key(seed));
    return ed25519_private_key(seed, public_key);
}

// RFC 3279 s2.3.2 for the parameters; the key is the number x alone.
Result<PrivateKey> take_dsa_key(DerReader& bits, DerReader parameters) {
    DerReader numbers = parameters.sequence();
    DsaParts parts;
    parts.p = numbers.magnitude();
    parts.q = numbers.magnitude();
    parts.g = numbers.magnitude();
    parts.x = bits.magnitude();
    numbers.end();
    bits.end();
    if (!bits.ok()) return bits.error(kDamaged);
    return dsa_private_key(parts);
}

}  // namespace

Result<PrivateKey> take_pkcs8_key(DerReader& from) {
    DerReader fields = from.sequence();
    const std::uint32_t version = fields.number();
    DerAlgorithm algorithm = take_algorithm(fields);
    DerReader bits = fields.enter(der::kOctetString);
    if (!fields.ok() || version > 1) return fields.error(kDamaged);
    // What may follow are attributes, and the public key of RFC 5958.
    NACRE_TRY(const KeyKind kind, key_kind(algorithm.oid));
    switch (kind) {
        case KeyKind::rsa:
            return take_rsa_private_key(bits);
        case KeyKind::dsa:
            return take_dsa_key(bits, algorithm.parameters);
        case KeyKind::ec: {
            NACRE_TRY(const std::string curve, take_curve(algorithm.parameters));
            return take_ec_private_key(bits, curve);
        }
        case KeyKind::ed25519:
        case KeyKind::ed448:
            break;
    }
    return take_edwards_key(bits, kind);
}

Result<PrivateKey> take_encrypted_pkcs8_key(DerReader& from, Unlock& unlock) {
    DerReader fields = from.sequence();
    NACRE_TRY(const PbeScheme scheme, take_pbe_scheme(fields));
    const ByteView encrypted = fields.octets();
    fields.end();
    if (!fields.ok()) return fields.error("damaged encrypted PKCS#8 private key");
    NACRE_TRY(const ByteView passphrase, unlock.passphrase(scheme.info));
    NACRE_TRY(const SecretBytes clear, open_pbe(scheme, passphrase, encrypted));
    DerDocument document(clear);
    DerReader reader = document.reader();
    return blame_passphrase(take_pkcs8_key(reader));
}

}  // namespace nacre::detail
