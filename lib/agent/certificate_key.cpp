#include "agent/certificate_key.hpp"

#include "keys/private_fields.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::agent::detail {

namespace {

constexpr Error kDamaged = malformed("agent: certificate cut short, or of another type");

/// RSA has the modulus before the exponent in private keys, and after it in public ones.
constexpr std::string_view kRsa = "ssh-rsa";
constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";

}  // namespace

std::string_view certified_type(std::string_view type) noexcept {
    if (!type.ends_with(kCertificateSuffix)) return {};
    type.remove_suffix(kCertificateSuffix.size());
    const bool known = type == kRsa || type == kEd25519 || type.starts_with(kEcdsaPrefix);
    return known ? type : std::string_view{};
}

Result<SecretBytes> certificate_fields(const PrivateKey& key, ByteView certificate) {
    Reader blob(certificate);
    if (certified_type(blob.text()) != key.type)
        return Error{Errc::local_misuse, Disconnect::none, 0,
                     "agent: no certificate of a key of this type"};
    Reader fields(key.fields.view());
    // The public fields are in the certificate: modulus and exponent, curve and point. That of
    // Ed25519 is sent all the same.
    if (key.type != kEd25519) {
        fields.string();
        fields.string();
    }
    SecretBuffer made;
    Writer<SecretBuffer>(made).string(certificate).bytes(fields.rest());
    return SecretBytes(made.view());
}

Result<CertifiedKey> read_certified_key(std::string_view type, ByteView fields) {
    const auto base = certified_type(type);
    if (base.empty())
        return Error{Errc::unsupported, Disconnect::none, 0, "agent: certificate of unknown type"};
    Reader given(fields);
    const ByteView certificate = given.string();
    Reader blob(certificate);
    if (blob.text() != type) return kDamaged;
    blob.string();  // nonce
    SecretBuffer plain;
    Writer<SecretBuffer> w(plain);
    ByteView ed25519;
    if (base == kRsa) {
        const auto e = blob.mpint(), n = blob.mpint();
        w.mpint(n).mpint(e);
    } else if (base == kEd25519) {
        ed25519 = blob.string();
    } else {
        const auto curve = blob.string(), point = blob.string();
        w.string(curve).string(point);
    }
    w.bytes(given.rest());
    if (!blob.ok() || !given.ok()) return kDamaged;
    Reader all(plain.view());
    NACRE_TRY(PrivateKey key, nacre::detail::read_private_fields(base, all));
    if (!all.done()) return kDamaged;
    if (base == kEd25519) {
        Reader public_field(key.fields.view());
        if (!same_bytes(public_field.string(), ed25519)) return kDamaged;
    }
    return CertifiedKey{std::move(key), to_bytes(certificate)};
}

}  // namespace nacre::agent::detail
