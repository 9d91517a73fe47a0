#include "nacre-keys/load_der.hpp"

#include "keys/pkcs1.hpp"
#include "keys/pkcs8.hpp"
#include "keys/sec1.hpp"
#include "keys/spki.hpp"
#include "nacre-keys/pkcs12.hpp"
#include "nacre-keys/pkcs7.hpp"
#include "nacre-keys/x509_key.hpp"

namespace nacre::detail {

namespace {

constexpr Error kNotAKey = key_error(KeyFault::not_a_key, "DER, but not a key");

Result<void> put(Result<PrivateKey> key, LoadedKey& into) {
    if (!key) return key.error();
    into.public_keys.push_back({key->type, key->public_blob, key->comment});
    into.private_keys.push_back(std::move(*key));
    return {};
}

Result<void> put(Result<Bytes> blob, LoadedKey& into) {
    if (!blob) return blob.error();
    NACRE_TRY(const std::string_view type, public_blob_type(*blob));
    into.public_keys.push_back({std::string(type), *blob, {}});
    return {};
}

// RSAPrivateKey, DSAPrivateKey and RSAPublicKey are numbers only, of which they have 9, 6 and 2.
Result<KeyFormat> format_of_numbers(DerReader fields) noexcept {
    std::size_t count = 0;
    for (; fields.tag() == der::kInteger; ++count) fields.take(der::kInteger);
    if (count >= 9) return KeyFormat::pkcs1;
    if (count == 6) return KeyFormat::dsa;
    if (count == 2) return KeyFormat::rsa_public;
    return fields.ok() ? kNotAKey : fields.error("damaged DER in a key file");
}

Result<KeyFormat> format_behind_version(DerReader fields, std::uint32_t version) noexcept {
    if (fields.tag() == der::kOctetString) return KeyFormat::sec1;
    if (fields.tag() != der::kSequence) return kNotAKey;
    return version == 3 ? KeyFormat::pkcs12 : KeyFormat::pkcs8;
}

Result<KeyFormat> format_of(DerReader fields) noexcept {
    const DerReader all = fields;
    switch (fields.tag()) {
        case der::kOid:
            return KeyFormat::pkcs7;
        case der::kInteger: {
            const ByteView version = fields.take(der::kInteger);
            if (fields.tag() == der::kInteger) return format_of_numbers(all);
            return format_behind_version(fields, version.size() == 1 ? version[0] : 0);
        }
        case der::kSequence: {
            // An AlgorithmIdentifier, or all of a certificate that is signed.
            DerReader first = fields.sequence();
            if (fields.tag() == der::kBitString) return KeyFormat::spki;
            if (fields.tag() == der::kOctetString && first.tag() == der::kOid)
                return KeyFormat::pkcs8;
            if (fields.tag() == der::kSequence) return KeyFormat::certificate;
            break;
        }
        default:
            break;
    }
    return fields.ok() ? kNotAKey : fields.error("damaged DER in a key file");
}

Result<void> take_pkcs8(DerReader& reader, Unlock& unlock, LoadedKey& into) {
    DerReader ahead = reader;
    // The encrypted form begins with the algorithm, the other with a version.
    if (ahead.sequence().tag() == der::kSequence)
        return put(take_encrypted_pkcs8_key(reader, unlock), into);
    return put(take_pkcs8_key(reader), into);
}

Result<void> take_one_certificate(DerReader& reader, LoadedKey& into) {
    NACRE_CHECK(take_certificate(reader, into));
    // `TRUSTED CERTIFICATE` of OpenSSL has settings behind it.
    reader.skip_rest();
    return check_certificates(into);
}

Result<void> take(KeyFormat format, DerReader& reader, Unlock& unlock, LoadedKey& into) {
    switch (format) {
        case KeyFormat::pkcs1:
            return put(take_rsa_private_key(reader), into);
        case KeyFormat::dsa:
            return put(take_dsa_private_key(reader), into);
        case KeyFormat::sec1:
            return put(take_ec_private_key(reader, {}), into);
        case KeyFormat::pkcs8:
            return take_pkcs8(reader, unlock, into);
        case KeyFormat::pkcs12:
            return take_pkcs12(reader, unlock, into);
        case KeyFormat::spki:
            return put(take_spki(reader), into);
        case KeyFormat::rsa_public:
            return put(take_rsa_public_key(reader), into);
        case KeyFormat::certificate:
            return take_one_certificate(reader, into);
        case KeyFormat::pkcs7:
            return take_pkcs7(reader, into);
        case KeyFormat::openssh_key_v1:
        case KeyFormat::ppk2:
        case KeyFormat::ppk3:
        case KeyFormat::jwk:
        case KeyFormat::xml:
        case KeyFormat::openssh_line:
        case KeyFormat::rfc4716:
            break;
    }
    return kNotAKey;
}

}  // namespace

bool looks_like_der(ByteView file) noexcept {
    if (file.size() < 2 || file[0] != der::kSequence) return false;
    // A text may begin with '0' too, and then goes on with US-ASCII.
    return file[1] >= 0x80 || file[1] + 2U == file.size();
}

Result<void> load_der_as(KeyFormat format, ByteView file, Unlock& unlock, LoadedKey& into) {
    into.format = format;
    DerDocument document(file);
    DerReader reader = document.reader();
    NACRE_CHECK(take(format, reader, unlock, into));
    reader.end();
    if (!reader.ok()) return reader.error("something stands behind the key");
    return {};
}

Result<void> load_der(ByteView file, Unlock& unlock, LoadedKey& into) {
    DerDocument document(file);
    DerReader reader = document.reader();
    NACRE_TRY(const KeyFormat format, format_of(reader.sequence()));
    return load_der_as(format, file, unlock, into);
}

}  // namespace nacre::detail
