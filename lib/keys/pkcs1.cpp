#include "keys/pkcs1.hpp"

#include "keys/private_fields.hpp"

namespace nacre::detail {

Result<PrivateKey> take_rsa_private_key(DerReader& from) noexcept {
    DerReader fields = from.sequence();
    const std::uint32_t version = fields.number();
    RsaParts parts;
    parts.n = fields.magnitude();
    parts.e = fields.magnitude();
    parts.d = fields.magnitude();
    parts.p = fields.magnitude();
    parts.q = fields.magnitude();
    fields.magnitude();  // d mod p-1
    fields.magnitude();  // d mod q-1
    parts.iqmp = fields.magnitude();
    if (fields.ok() && version == 1)
        return key_error(KeyFault::unsupported, "RSA key with more than two primes");
    fields.end();
    if (!fields.ok() || version != 0) return fields.error("damaged RSA private key");
    return rsa_private_key(parts);
}

Result<PrivateKey> take_dsa_private_key(DerReader& from) noexcept {
    DerReader fields = from.sequence();
    const std::uint32_t version = fields.number();
    DsaParts parts;
    parts.p = fields.magnitude();
    parts.q = fields.magnitude();
    parts.g = fields.magnitude();
    parts.y = fields.magnitude();
    parts.x = fields.magnitude();
    fields.end();
    if (!fields.ok() || version != 0 || parts.y.empty())
        return fields.error("damaged DSA private key");
    return dsa_private_key(parts);
}

}  // namespace nacre::detail
