#include "keys/botan_guard.hpp"
#include "nacre-keys/base64url.hpp"
#include "nacre-keys/jwk.hpp"

#include <nacre/keys/jwk.hpp>
#include <nacre/wire/reader.hpp>

#include <botan/bigint.h>

#include <algorithm>

namespace nacre {

namespace {

constexpr Error kNotWritten{Errc::crypto_failed, Disconnect::none, 0, "JWK could not be made"};
constexpr Error kMisuse{Errc::local_misuse, Disconnect::none, 0, "not the fields of a private key"};
constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";

// One JSON object of strings that need no escapes.
class JsonObject {
  public:
    void text(std::string_view name, std::string_view value) {
        put(out_.size() == 0 ? "{\"" : ",\"");
        put(name);
        put("\":\"");
        put(value);
        put("\"");
    }
    Result<void> number(std::string_view name, ByteView bytes) {
        NACRE_TRY(const SecretBytes encoded, detail::encode_base64url(bytes));
        text(name, as_text(encoded));
        return {};
    }
    SecretBytes finish() {
        put("}\n");
        return SecretBytes(out_.view());
    }

  private:
    void put(std::string_view part) { out_.append(as_bytes(part)); }
    SecretBuffer out_;
};

const detail::JwkCurve* curve_of(std::string_view type) noexcept {
    if (!type.starts_with(kEcdsaPrefix)) return nullptr;
    for (const detail::JwkCurve& curve : detail::jwk_curves())
        if (curve.name == type.substr(kEcdsaPrefix.size())) return &curve;
    return nullptr;
}

std::string_view edwards_name(std::string_view type) noexcept {
    if (type == "ssh-ed25519") return "Ed25519";
    return type == "ssh-ed448" ? "Ed448" : std::string_view();
}

void put_comment(JsonObject& out, std::string_view comment) {
    if (is_jwk_comment(comment) && !comment.empty()) out.text("kid", comment);
}

Result<void> put_public(JsonObject& out, ByteView blob) {
    NACRE_TRY(const std::string_view type, public_blob_type(blob));
    Reader fields(blob);
    fields.string();
    if (type == "ssh-rsa") {
        const ByteView e = fields.mpint();
        out.text("kty", "RSA");
        NACRE_CHECK(out.number("n", fields.mpint()));
        return out.number("e", e);
    }
    if (const auto* curve = curve_of(type)) {
        fields.string();
        const ByteView point = fields.string();
        out.text("kty", "EC");
        out.text("crv", curve->jwk);
        NACRE_CHECK(out.number("x", point.subspan(1, curve->coordinate)));
        return out.number("y", point.last(curve->coordinate));
    }
    const auto edwards = edwards_name(type);
    if (edwards.empty()) return key_error(KeyFault::unsupported, "type of the key has no JWK form");
    out.text("kty", "OKP");
    out.text("crv", edwards);
    return out.number("x", fields.string());
}

// RFC 7518 s6.3.2: with one of the primes all the others are wanted.
Result<void> put_rsa(JsonObject& out, Reader& fields) {
    fields.mpint();  // n
    fields.mpint();  // e
    const ByteView d = fields.mpint(), iqmp = fields.mpint(), p = fields.mpint(),
                   q = fields.mpint();
    if (p.empty() || q.empty()) return kMisuse;
    const auto exponent = [&](ByteView prime) {
        const Botan::BigInt reduced = Botan::BigInt(d) % (Botan::BigInt(prime) - 1);
        return SecretBytes(ByteView(reduced.serialize<Botan::secure_vector<std::uint8_t>>()));
    };
    NACRE_CHECK(out.number("d", d));
    NACRE_CHECK(out.number("p", p));
    NACRE_CHECK(out.number("q", q));
    NACRE_CHECK(out.number("dp", exponent(p)));
    NACRE_CHECK(out.number("dq", exponent(q)));
    return out.number("qi", iqmp);
}

// What is secret, behind the public half.
Result<void> put_private(JsonObject& out, const PrivateKey& key) {
    Reader fields(key.fields);
    if (key.type == "ssh-rsa") return put_rsa(out, fields);
    const ByteView first = fields.string();
    const ByteView second = fields.string();
    const auto* curve = curve_of(key.type);
    if (curve == nullptr) {  // pk, seed || pk
        if (!fields.done() || second.size() < first.size()) return kMisuse;
        return out.number("d", second.first(first.size()));
    }
    const ByteView d = fields.mpint();
    if (!fields.done() || d.size() > curve->coordinate) return kMisuse;
    // RFC 7518 s6.2.2.1: the full size.
    SecretBytes padded(curve->coordinate);
    std::copy(d.begin(), d.end(), padded.span().last(d.size()).begin());
    return out.number("d", padded);
}

}  // namespace

bool is_jwk_comment(std::string_view comment) noexcept {
    return std::all_of(comment.begin(), comment.end(),
                       [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

Result<SecretBytes> write_jwk(const PrivateKey& key) {
    return detail::guarded(kNotWritten, [&]() -> Result<SecretBytes> {
        JsonObject out;
        NACRE_CHECK(put_public(out, key.public_blob));
        NACRE_CHECK(put_private(out, key));
        put_comment(out, key.comment);
        return out.finish();
    });
}

Result<std::string> write_public_jwk(ByteView blob, std::string_view comment) {
    return detail::guarded(kNotWritten, [&]() -> Result<std::string> {
        JsonObject out;
        NACRE_CHECK(put_public(out, blob));
        put_comment(out, comment);
        return std::string(as_text(out.finish()));
    });
}

}  // namespace nacre
