#include "keys/key_oids.hpp"

#include <nacre/keys/key_fault.hpp>

namespace nacre::detail {

namespace {

struct Type {
    std::string_view oid;
    KeyKind kind;
};
constexpr Type kTypes[] = {
    {"1.2.840.113549.1.1.1", KeyKind::rsa}, {"1.2.840.10040.4.1", KeyKind::dsa},
    {"1.2.840.10045.2.1", KeyKind::ec},     {"1.3.101.112", KeyKind::ed25519},
    {"1.3.101.113", KeyKind::ed448},
};

struct Curve {
    std::string_view oid, name;
};
constexpr Curve kCurves[] = {
    {"1.2.840.10045.3.1.7", "nistp256"},
    {"1.3.132.0.34", "nistp384"},
    {"1.3.132.0.35", "nistp521"},
};

struct Unsupported {
    std::string_view oid;
    const char* what;
};
constexpr Unsupported kUnsupported[] = {
    {"1.2.840.113549.1.1.10", "RSA-PSS key: SSH has no signatures for it"},
    {"1.2.840.113549.1.3.1", "Diffie-Hellman key: it makes no signatures"},
    {"1.2.840.10046.2.1", "Diffie-Hellman key: it makes no signatures"},
    {"1.3.101.110", "X25519 key: it makes no signatures"},
    {"1.3.101.111", "X448 key: it makes no signatures"},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44 key: not supported"},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65 key: not supported"},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87 key: not supported"},
    {"1.2.643.7.1.1.1.1", "GOST key: not supported"},
    {"1.2.643.7.1.1.1.2", "GOST key: not supported"},
    // Curves.
    {"1.3.132.0.10", "elliptic curve secp256k1 not supported"},
    {"1.2.840.10045.3.1.1", "elliptic curve P-192 not supported"},
    {"1.3.132.0.33", "elliptic curve P-224 not supported"},
    {"1.3.36.3.3.2.8.1.1.7", "elliptic curve brainpoolP256r1 not supported"},
    {"1.3.36.3.3.2.8.1.1.11", "elliptic curve brainpoolP384r1 not supported"},
    {"1.3.36.3.3.2.8.1.1.13", "elliptic curve brainpoolP512r1 not supported"},
    {"1.2.156.10197.1.301", "elliptic curve SM2 not supported"},
};

Error unsupported(std::string_view oid, const char* otherwise) noexcept {
    for (const Unsupported& row : kUnsupported)
        if (row.oid == oid) return key_error(KeyFault::unsupported, row.what);
    return key_error(KeyFault::unsupported, otherwise);
}

}  // namespace

Result<KeyKind> key_kind(std::string_view oid) noexcept {
    for (const Type& type : kTypes)
        if (type.oid == oid) return type.kind;
    return unsupported(oid, "type of the key not known");
}

std::string_view oid_of(KeyKind kind) noexcept {
    for (const Type& type : kTypes)
        if (type.kind == kind) return type.oid;
    return {};
}

Result<std::string_view> curve_of_oid(std::string_view oid) noexcept {
    for (const Curve& curve : kCurves)
        if (curve.oid == oid) return curve.name;
    return unsupported(oid, "elliptic curve not supported");
}

std::string_view oid_of_curve(std::string_view name) noexcept {
    for (const Curve& curve : kCurves)
        if (curve.name == name) return curve.oid;
    return {};
}

}  // namespace nacre::detail
