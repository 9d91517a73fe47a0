#include "nacre-keys/jwk.hpp"

#include "keys/key_math.hpp"
#include "keys/private_fields.hpp"
#include "keys/public_parts.hpp"
#include "nacre-keys/base64url.hpp"
#include "nacre-keys/json_keys.hpp"

namespace nacre::detail {

namespace {

constexpr JwkCurve kCurves[] = {
    {"P-256", "nistp256", 32}, {"P-384", "nistp384", 48}, {"P-521", "nistp521", 66}};

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged base64url in a JWK");

// One key, private or public.
struct Found {
    std::optional<PrivateKey> private_key;
    Bytes public_blob;
};

// The member `name` decoded; empty when there is none. Empty it is no number at all, and a private
// key with such a member must not pass for a public one.
Result<SecretBytes> number(const JsonKey& key, std::string_view name) {
    if (key.has(name) && key[name].empty())
        return key_error(KeyFault::damaged, "empty number in a JWK");
    auto bytes = decode_base64url(key[name]);
    if (!bytes && bytes.error().code != Errc::out_of_memory) return kDamaged;
    return bytes;
}

Result<Found> private_one(Result<PrivateKey> key) {
    if (!key) return key.error();
    Found found;
    found.public_blob = key->public_blob;
    found.private_key = std::move(*key);
    return found;
}

Result<Found> public_one(Result<Bytes> blob) {
    if (!blob) return blob.error();
    Found found;
    found.public_blob = std::move(*blob);
    return found;
}

Result<Found> read_rsa(const JsonKey& key) {
    NACRE_TRY(const SecretBytes n, number(key, "n"));
    NACRE_TRY(const SecretBytes e, number(key, "e"));
    NACRE_TRY(const SecretBytes d, number(key, "d"));
    if (n.empty() || e.empty()) return key_error(KeyFault::damaged, "RSA JWK without n or e");
    if (d.empty()) return public_one(rsa_public_blob(e, n));
    NACRE_TRY(const SecretBytes p, number(key, "p"));
    NACRE_TRY(const SecretBytes q, number(key, "q"));
    NACRE_TRY(const SecretBytes qi, number(key, "qi"));
    if (p.empty() || q.empty() || qi.empty())
        return key_error(KeyFault::unsupported, "private RSA JWK without its primes");
    return private_one(rsa_private_key({n, e, d, qi, p, q}));
}

Result<Found> read_ec(const JsonKey& key) {
    const JwkCurve* curve = nullptr;
    for (const JwkCurve& known : kCurves)
        if (known.jwk == key["crv"]) curve = &known;
    if (curve == nullptr)
        return key_error(KeyFault::unsupported, key["crv"] == "secp256k1"
                                                    ? "elliptic curve secp256k1 not supported"
                                                    : "elliptic curve of the JWK not supported");
    NACRE_TRY(const SecretBytes x, number(key, "x"));
    NACRE_TRY(const SecretBytes y, number(key, "y"));
    NACRE_TRY(const SecretBytes d, number(key, "d"));
    // RFC 7518 s6.2.1.2: the full size of a coordinate.
    if (x.size() != curve->coordinate || y.size() != curve->coordinate)
        return key_error(KeyFault::damaged, "coordinates of a JWK with the wrong size");
    Bytes point{0x04};
    append(point, x);
    append(point, y);
    if (d.empty()) return public_one(ecdsa_public_blob(curve->name, point));
    return private_one(ecdsa_private_key(curve->name, point, d));
}

Result<Found> read_okp(const JsonKey& key) {
    const bool is_448 = key["crv"] == "Ed448";
    if (!is_448 && key["crv"] != "Ed25519")
        return key_error(KeyFault::unsupported, "curve of the OKP JWK makes no signatures of SSH");
    NACRE_TRY(const SecretBytes x, number(key, "x"));
    NACRE_TRY(const SecretBytes d, number(key, "d"));
    if (d.empty()) return public_one(edwards_public_blob(is_448 ? "ssh-ed448" : "ssh-ed25519", x));
    const std::size_t size = is_448 ? 57 : 32;
    if (x.size() != size || d.size() != size)
        return key_error(KeyFault::damaged, "x or d of a JWK with the wrong size");
    return private_one(is_448 ? ed448_private_key(d, x) : ed25519_private_key(d, x));
}

Result<Found> read_one(const JsonKey& key) {
    if (!key["ciphertext"].empty() || !key["protected"].empty())
        return key_error(KeyFault::unsupported, "encrypted JWK (JWE) not supported");
    const std::string_view type = key["kty"];
    const bool known = type == "RSA" || type == "EC" || type == "OKP";
    // As if it were absent a private key would pass for a public one.
    if (key.has_other() && (known || type.empty()))
        return key_error(KeyFault::damaged, "a member of a JWK that is no string");
    if (type == "RSA") return read_rsa(key);
    if (type == "EC") return read_ec(key);
    if (type == "OKP") return read_okp(key);
    if (type == "oct") return key_error(KeyFault::unsupported, "JWK of a symmetric key");
    if (type.empty()) return key_error(KeyFault::not_a_key, "JSON, but not a JWK: no kty");
    return key_error(KeyFault::unsupported, "kty of the JWK not known");
}

}  // namespace

std::span<const JwkCurve> jwk_curves() noexcept {
    return kCurves;
}

Result<void> load_jwk(std::string_view text, LoadedKey& into) {
    NACRE_TRY(const std::vector<JsonKey> keys, parse_json_keys(text));
    // RFC 7517 s5: keys of a set that are not understood should be passed over.
    std::optional<Error> passed_over;
    std::vector<PublicKeyText> public_only;
    for (const JsonKey& key : keys) {
        auto found = read_one(key);
        if (!found && keys.size() > 1 && fault_of(found.error()) == KeyFault::unsupported) {
            passed_over = found.error();
            continue;
        }
        if (!found) return found.error();
        NACRE_TRY(const std::string_view type, public_blob_type(found->public_blob));
        PublicKeyText half{std::string(type), std::move(found->public_blob),
                           std::string(key["kid"])};
        if (found->private_key) {
            found->private_key->comment = half.comment;
            into.private_keys.push_back(std::move(*found->private_key));
            into.public_keys.push_back(std::move(half));
        } else {
            public_only.push_back(std::move(half));
        }
    }
    if (into.private_keys.empty()) into.public_keys = std::move(public_only);
    if (passed_over && into.public_keys.empty()) return *passed_over;
    if (passed_over) into.left_out = passed_over->what;
    return {};
}

}  // namespace nacre::detail
