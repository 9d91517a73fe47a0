#include "keys/spki.hpp"

#include "keys/der_writer.hpp"
#include "keys/key_math.hpp"
#include "keys/key_oids.hpp"
#include "keys/public_parts.hpp"
#include "keys/sec1.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged public key";
constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";

Result<Bytes> dsa_blob(DerReader parameters, DerReader key) {
    DerReader numbers = parameters.sequence();
    const ByteView p = numbers.magnitude();
    const ByteView q = numbers.magnitude();
    const ByteView g = numbers.magnitude();
    const ByteView y = key.magnitude();
    numbers.end();
    key.end();
    if (!key.ok()) return key.error(kDamaged);
    return dsa_public_blob(p, q, g, y);
}

Result<Bytes> ec_blob(DerReader parameters, ByteView point) {
    NACRE_TRY(const std::string oid, take_curve(parameters));
    NACRE_TRY(const std::string_view curve, curve_of_oid(oid));
    NACRE_TRY(const Bytes uncompressed, uncompressed_point(curve, point));
    return ecdsa_public_blob(curve, uncompressed);
}

SecretBytes algorithm_of(KeyKind kind) {
    return der_sequence(der_oid(oid_of(kind)));
}

SecretBytes edwards_spki(KeyKind kind, ByteView point) {
    return der_sequence(algorithm_of(kind), der_bits(point));
}

SecretBytes dsa_spki(Reader& fields) {
    const SecretBytes p = der_integer(fields.mpint());
    const SecretBytes q = der_integer(fields.mpint());
    const SecretBytes g = der_integer(fields.mpint());
    const SecretBytes algorithm =
        der_sequence(der_oid(oid_of(KeyKind::dsa)), der_sequence(p, q, g));
    return der_sequence(algorithm, der_bits(der_integer(fields.mpint())));
}

SecretBytes rsa_spki(Reader& fields) {
    const SecretBytes e = der_integer(fields.mpint());
    const SecretBytes n = der_integer(fields.mpint());
    const SecretBytes algorithm =
        der_sequence(der_oid(oid_of(KeyKind::rsa)), der_element(der::kNull, {}));
    return der_sequence(algorithm, der_bits(der_sequence(n, e)));
}

}  // namespace

Result<Bytes> take_rsa_public_key(DerReader& from) {
    DerReader fields = from.sequence();
    const ByteView n = fields.magnitude();
    const ByteView e = fields.magnitude();
    fields.end();
    if (!fields.ok()) return fields.error("damaged RSA public key");
    return rsa_public_blob(e, n);
}

Result<Bytes> take_spki(DerReader& from) {
    DerReader fields = from.sequence();
    const DerAlgorithm algorithm = take_algorithm(fields);
    const ByteView bits = fields.bits();
    fields.end();
    if (!fields.ok()) return fields.error(kDamaged);
    NACRE_TRY(const KeyKind kind, key_kind(algorithm.oid));
    DerReader key = fields.within(bits);
    switch (kind) {
        case KeyKind::rsa:
            return take_rsa_public_key(key);
        case KeyKind::dsa:
            return dsa_blob(algorithm.parameters, key);
        case KeyKind::ec:
            return ec_blob(algorithm.parameters, bits);
        case KeyKind::ed25519:
        case KeyKind::ed448:
            break;
    }
    return edwards_public_blob(kind == KeyKind::ed448 ? "ssh-ed448" : "ssh-ed25519", bits);
}

Result<SecretBytes> spki_of(ByteView blob) {
    NACRE_TRY(const std::string_view type, public_blob_type(blob));
    Reader fields(blob);
    fields.string();
    if (type == "ssh-rsa") return rsa_spki(fields);
    if (type == "ssh-dss") return dsa_spki(fields);
    if (type == "ssh-ed25519") return edwards_spki(KeyKind::ed25519, fields.string());
    if (type == "ssh-ed448") return edwards_spki(KeyKind::ed448, fields.string());
    const auto curve = oid_of_curve(type.starts_with(kEcdsaPrefix) ? fields.text() : "");
    if (curve.empty())
        return key_error(KeyFault::unsupported, "type of the key has no SubjectPublicKeyInfo");
    return der_sequence(der_sequence(der_oid(oid_of(KeyKind::ec)), der_oid(curve)),
                        der_bits(fields.string()));
}

}  // namespace nacre::detail
