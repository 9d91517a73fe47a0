#include "keys/private_fields.hpp"

#include "keys/botan_guard.hpp"
#include "keys/key_math.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::detail {

namespace {

constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kRsa = "ssh-rsa";
constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";
constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged fields in a private key");

// Smaller moduli can be factored; larger ones cost more than they give, and no peer takes them.
constexpr std::size_t kMinRsaBytes = 1024 / 8;

Result<Bytes> read_ed25519(Reader& fields) noexcept {
    const auto public_key = fields.string();
    const auto both = fields.string();
    if (!fields.ok() || public_key.size() != 32 || both.size() != 64) return kDamaged;
    NACRE_TRY(const Bytes derived, ed25519_public_key(both.first(32)));
    if (!same_bytes(derived, public_key) || !same_bytes(derived, both.subspan(32)))
        return kHalvesDiffer;
    Bytes blob;
    Writer<Bytes>(blob).string(kEd25519).string(public_key);
    return blob;
}

Result<Bytes> read_ecdsa(std::string_view type, Reader& fields) noexcept {
    const auto curve = fields.text();
    const auto point = fields.string();
    const auto d = fields.mpint();
    if (!fields.ok() || curve != type.substr(kEcdsaPrefix.size())) return kDamaged;
    NACRE_TRY(const Bytes derived, ecdsa_public_point(curve, d));
    if (!same_bytes(derived, point)) return kHalvesDiffer;
    Bytes blob;
    Writer<Bytes>(blob).string(type).string(curve).string(point);
    return blob;
}

Result<Bytes> read_rsa(Reader& fields) noexcept {
    RsaParts parts;
    parts.n = fields.mpint();
    parts.e = fields.mpint();
    parts.d = fields.mpint();
    parts.iqmp = fields.mpint();
    parts.p = fields.mpint();
    parts.q = fields.mpint();
    if (!fields.ok()) return kDamaged;
    if (parts.n.size() < kMinRsaBytes)
        return key_error(KeyFault::unsupported, "RSA key of less than 1024 bits");
    NACRE_CHECK(check_rsa(parts));
    Bytes blob;
    Writer<Bytes>(blob).string(kRsa).mpint(parts.e).mpint(parts.n);
    return blob;
}

Result<Bytes> read_and_check(std::string_view type, Reader& fields) noexcept {
    if (type == kEd25519) return read_ed25519(fields);
    if (type == kRsa) return read_rsa(fields);
    if (type.starts_with(kEcdsaPrefix)) return read_ecdsa(type, fields);
    return key_error(KeyFault::unsupported, "type of the private key not supported");
}

// Reads back what was written from parts, so that each key passes the same checks.
Result<PrivateKey> checked(std::string_view type, const SecretBuffer& fields) noexcept {
    Reader reader(fields.view());
    return read_private_fields(type, reader);
}

}  // namespace

Result<PrivateKey> read_private_fields(std::string_view type, Reader& fields) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        Reader ahead = fields;
        NACRE_TRY(Bytes blob, read_and_check(type, ahead));
        const ByteView taken = fields.bytes(fields.remaining() - ahead.remaining());
        PrivateKey key;
        key.type = type;
        key.public_blob = std::move(blob);
        key.fields = SecretBytes(taken);
        return key;
    });
}

Result<PrivateKey> rsa_private_key(const RsaParts& parts) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        SecretBuffer fields;
        Writer<SecretBuffer> writer(fields);
        writer.mpint(parts.n).mpint(parts.e).mpint(parts.d);
        writer.mpint(parts.iqmp).mpint(parts.p).mpint(parts.q);
        return checked(kRsa, fields);
    });
}

Result<PrivateKey> ecdsa_private_key(std::string_view curve, ByteView point, ByteView d) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        SecretBuffer fields;
        Writer<SecretBuffer>(fields).string(curve).string(point).mpint(d);
        return checked(std::string(kEcdsaPrefix).append(curve), fields);
    });
}

Result<PrivateKey> ed25519_private_key(ByteView seed, ByteView public_key) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        SecretBuffer both;
        both.append(seed);
        both.append(public_key);
        SecretBuffer fields;
        Writer<SecretBuffer>(fields).string(public_key).string(both.view());
        return checked(kEd25519, fields);
    });
}

}  // namespace nacre::detail
