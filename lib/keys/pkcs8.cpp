#include "keys/pkcs8.hpp"

#include "keys/botan_guard.hpp"
#include "keys/key_math.hpp"
#include "keys/key_oids.hpp"
#include "keys/pbe.hpp"
#include "keys/pkcs1.hpp"
#include "keys/private_fields.hpp"
#include "keys/sec1.hpp"

#include <botan/bigint.h>
#include <botan/numthry.h>

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged PKCS#8 private key";
constexpr std::size_t kMaxDsaBytes = 512;  // of p

// RFC 8410 s7: the seed is an OCTET STRING within the OCTET STRING.
Result<PrivateKey> take_edwards_key(DerReader& bits, KeyKind kind) {
    const ByteView seed = bits.octets();
    bits.end();
    if (!bits.ok()) return bits.error(kDamaged);
    const bool is_448 = kind == KeyKind::ed448;
    if (seed.size() != (is_448 ? 57U : 32U)) return key_error(KeyFault::damaged, kDamaged);
    NACRE_TRY(const Bytes public_key, is_448 ? ed448_public_key(seed) : ed25519_public_key(seed));
    return is_448 ? ed448_private_key(seed, public_key) : ed25519_private_key(seed, public_key);
}

Result<Bytes> dsa_public_number(const DsaParts& parts) noexcept {
    constexpr Error kBadNumbers = key_error(KeyFault::damaged, kDamaged);
    // Larger ones are refused in any case, and would take long here.
    if (parts.p.size() > kMaxDsaBytes) return kBadNumbers;
    return guarded(kBadNumbers, [&]() -> Result<Bytes> {
        const Botan::BigInt p(parts.p);
        return Botan::power_mod(Botan::BigInt(parts.g), Botan::BigInt(parts.x), p).serialize();
    });
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
    NACRE_TRY(const Bytes y, dsa_public_number(parts));
    parts.y = y;
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
