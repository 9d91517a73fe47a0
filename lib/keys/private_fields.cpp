#include "keys/private_fields.hpp"

#include "keys/botan_guard.hpp"
#include "keys/key_math.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::detail {

namespace {

constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kEd448 = "ssh-ed448";
constexpr std::string_view kRsa = "ssh-rsa";
constexpr std::string_view kDsa = "ssh-dss";
constexpr std::string_view kSkEd25519 = "sk-ssh-ed25519@openssh.com";
constexpr std::string_view kSkEcdsa = "sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";
constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged fields in a private key");

// Smaller moduli can be factored; larger ones cost more than they give, and no peer takes them.
constexpr std::size_t kMinRsaBytes = 1024 / 8;

// Whether a modulus has more bits than Reader::mpint() takes. `fields` stands at it.
bool is_too_large(Reader fields) noexcept {
    const ByteView n = fields.string();
    const std::size_t sign = !n.empty() && n[0] == 0 ? 1 : 0;
    return n.size() - sign > kMaxMpintBits / 8;
}

struct EdwardsCurve {
    std::string_view type;
    std::size_t size;  // of seed and public key alike
    Result<Bytes> (*public_key)(ByteView seed) noexcept;
};
constexpr EdwardsCurve kEdwardsCurves[] = {{kEd25519, 32, ed25519_public_key},
                                           {kEd448, 57, ed448_public_key}};

// read_private_fields() has the guard for those below, which allocate.
Result<Bytes> read_eddsa(const EdwardsCurve& curve, Reader& fields) {
    const auto public_key = fields.string();
    const auto both = fields.string();
    if (!fields.ok() || public_key.size() != curve.size || both.size() != 2 * curve.size)
        return kDamaged;
    NACRE_TRY(const Bytes derived, curve.public_key(both.first(curve.size)));
    if (!same_bytes(derived, public_key) || !same_bytes(derived, both.subspan(curve.size)))
        return kHalvesDiffer;
    Bytes blob;
    Writer<Bytes>(blob).string(curve.type).string(public_key);
    return blob;
}

Result<Bytes> read_ecdsa(std::string_view type, Reader& fields) {
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

Result<Bytes> read_rsa(Reader& fields) {
    if (is_too_large(fields))
        return key_error(KeyFault::over_limit, "RSA key of more than 16384 bits");
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

Result<Bytes> read_dsa(Reader& fields) {
    DsaParts parts;
    parts.p = fields.mpint();
    parts.q = fields.mpint();
    parts.g = fields.mpint();
    parts.y = fields.mpint();
    parts.x = fields.mpint();
    if (!fields.ok()) return kDamaged;
    NACRE_CHECK(check_dsa(parts));
    Bytes blob;
    Writer<Bytes>(blob).string(kDsa).mpint(parts.p).mpint(parts.q).mpint(parts.g).mpint(parts.y);
    return blob;
}

// The public key with its application, then flags, handle and a reserved string.
Result<Bytes> read_sk(std::string_view type, Reader& fields) {
    Bytes blob;
    Writer<Bytes> writer(blob);
    writer.string(type);
    if (type == kSkEcdsa) writer.string(fields.string());  // curve
    writer.string(fields.string()).string(fields.string());
    fields.u8();
    const auto handle = fields.string();
    fields.string();
    if (!fields.ok() || handle.empty() || !public_blob_type(blob)) return kDamaged;
    return blob;
}

Result<Bytes> read_and_check(std::string_view type, Reader& fields) {
    for (const EdwardsCurve& curve : kEdwardsCurves)
        if (type == curve.type) return read_eddsa(curve, fields);
    if (type == kRsa) return read_rsa(fields);
    if (type == kDsa) return read_dsa(fields);
    if (type == kSkEd25519 || type == kSkEcdsa) return read_sk(type, fields);
    if (type.starts_with(kEcdsaPrefix)) return read_ecdsa(type, fields);
    return key_error(KeyFault::unsupported, "type of the private key not supported");
}

// Reads back what was written from parts, so that each key passes the same checks.
Result<PrivateKey> checked(std::string_view type, const SecretBuffer& fields) noexcept {
    Reader reader(fields.view());
    return read_private_fields(type, reader);
}

Result<PrivateKey> eddsa_private_key(std::string_view type, ByteView seed,
                                     ByteView public_key) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        SecretBuffer both;
        both.append(seed);
        both.append(public_key);
        SecretBuffer fields;
        Writer<SecretBuffer>(fields).string(public_key).string(both.view());
        return checked(type, fields);
    });
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

Result<PrivateKey> dsa_private_key(const DsaParts& parts) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        SecretBuffer fields;
        Writer<SecretBuffer> writer(fields);
        writer.mpint(parts.p).mpint(parts.q).mpint(parts.g).mpint(parts.y).mpint(parts.x);
        return checked(kDsa, fields);
    });
}

Result<PrivateKey> ed25519_private_key(ByteView seed, ByteView public_key) noexcept {
    return eddsa_private_key(kEd25519, seed, public_key);
}

Result<PrivateKey> ed448_private_key(ByteView seed, ByteView public_key) noexcept {
    return eddsa_private_key(kEd448, seed, public_key);
}

}  // namespace nacre::detail
