#include "keys/botan_guard.hpp"
#include "keys/der_writer.hpp"
#include "keys/key_oids.hpp"
#include "keys/pbe.hpp"
#include "keys/pem.hpp"

#include <nacre/wire/reader.hpp>

#include <botan/bigint.h>

#include <algorithm>

namespace nacre {

namespace {

using detail::der_bits;
using detail::der_element;
using detail::der_integer;
using detail::der_number;
using detail::der_of;
using detail::der_oid;
using detail::der_sequence;
using detail::KeyKind;
using detail::oid_of;
using detail::der::kNull;
using detail::der::kOctetString;

constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";

// PrivateKeyInfo: version, algorithm, the key in an OCTET STRING.
SecretBytes key_info(ByteView algorithm, ByteView key) {
    return der_sequence(der_number(0), algorithm, der_element(kOctetString, key));
}

// d modulo prime-1, which RSAPrivateKey holds beside d.
SecretBytes crt_exponent(ByteView d, ByteView prime) {
    const Botan::BigInt exponent = Botan::BigInt(d) % (Botan::BigInt(prime) - 1);
    return der_integer(exponent.serialize<Botan::secure_vector<std::uint8_t>>());
}

SecretBytes rsa_info(Reader& fields) {
    const auto n = fields.mpint(), e = fields.mpint(), d = fields.mpint();
    const auto iqmp = fields.mpint(), p = fields.mpint(), q = fields.mpint();
    const SecretBytes key =
        der_sequence(der_number(0), der_integer(n), der_integer(e), der_integer(d), der_integer(p),
                     der_integer(q), crt_exponent(d, p), crt_exponent(d, q), der_integer(iqmp));
    return key_info(der_sequence(der_oid(oid_of(KeyKind::rsa)), der_element(kNull, {})), key);
}

SecretBytes dsa_info(Reader& fields) {
    const auto p = fields.mpint(), q = fields.mpint(), g = fields.mpint();
    fields.mpint();  // y: whoever reads it computes it
    const SecretBytes parameters = der_sequence(der_integer(p), der_integer(q), der_integer(g));
    return key_info(der_sequence(der_oid(oid_of(KeyKind::dsa)), parameters),
                    der_integer(fields.mpint()));
}

SecretBytes ec_info(Reader& fields) {
    const auto curve = fields.text();
    const ByteView point = fields.string();
    const ByteView d = fields.mpint();
    // RFC 5915 s3: the length of the order, which for these curves is that of a coordinate.
    SecretBytes padded(std::max(point.size() / 2, d.size()));
    std::copy(d.begin(), d.end(), padded.span().last(d.size()).begin());
    const SecretBytes key = der_sequence(der_number(1), der_element(kOctetString, padded),
                                         der_of(detail::der::context(1), der_bits(point)));
    return key_info(
        der_sequence(der_oid(oid_of(KeyKind::ec)), der_oid(detail::oid_of_curve(curve))), key);
}

// RFC 8410 s7
SecretBytes edwards_info(Reader& fields, KeyKind kind) {
    const ByteView public_key = fields.string();
    const ByteView both = fields.string();
    const ByteView seed = both.first(std::min(public_key.size(), both.size()));
    return key_info(der_sequence(der_oid(oid_of(kind))), der_element(kOctetString, seed));
}

Result<SecretBytes> info_of(const PrivateKey& key) {
    Reader fields(key.fields);
    SecretBytes info;
    if (key.type == "ssh-rsa") {
        info = rsa_info(fields);
    } else if (key.type == "ssh-dss") {
        info = dsa_info(fields);
    } else if (key.type.starts_with(kEcdsaPrefix)) {
        info = ec_info(fields);
    } else if (key.type == "ssh-ed25519" || key.type == "ssh-ed448") {
        info = edwards_info(fields, key.type == "ssh-ed448" ? KeyKind::ed448 : KeyKind::ed25519);
    } else {
        return key_error(KeyFault::unsupported, "type of the key has no PKCS#8 form");
    }
    if (!fields.done())
        return Error{Errc::local_misuse, Disconnect::none, 0, "not the fields of a private key"};
    return info;
}

Result<SecretBytes> write_file(const PrivateKey& key, const SecretBytes* passphrase, Rng& rng,
                               Pkcs8Kdf kdf) {
    NACRE_TRY(const SecretBytes info, info_of(key));
    if (passphrase == nullptr) return detail::write_pem("PRIVATE KEY", info);
    NACRE_TRY(const detail::Pbes2Sealed sealed, detail::seal_pbes2(info, *passphrase, kdf, rng));
    return detail::write_pem(
        "ENCRYPTED PRIVATE KEY",
        der_sequence(sealed.algorithm, der_element(kOctetString, sealed.ciphertext)));
}

}  // namespace

Result<SecretBytes> write_pkcs8_private_key(const PrivateKey& key, const SecretBytes* passphrase,
                                            Rng& rng, Pkcs8Kdf kdf) {
    if (passphrase != nullptr && passphrase->empty())
        return Error{Errc::local_misuse, Disconnect::none, 0, "empty passphrase"};
    constexpr Error kFailed{Errc::crypto_failed, Disconnect::none, 0,
                            "private key could not be written as PKCS#8"};
    return detail::guarded(kFailed, [&] { return write_file(key, passphrase, rng, kdf); });
}

}  // namespace nacre
