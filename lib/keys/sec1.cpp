#include "keys/sec1.hpp"

#include "keys/key_math.hpp"
#include "keys/key_oids.hpp"
#include "keys/private_fields.hpp"

namespace nacre::detail {

namespace {
constexpr const char* kDamaged = "damaged elliptic curve private key";
}

Result<std::string> take_curve(DerReader& from) {
    if (from.tag() == der::kSequence)
        return key_error(KeyFault::unsupported, "elliptic curve given by numbers, not by name");
    std::string oid = from.oid();
    if (!from.ok()) return from.error("damaged name of an elliptic curve");
    return oid;
}

Result<PrivateKey> take_ec_private_key(DerReader& from, std::string_view curve_oid) {
    DerReader fields = from.sequence();
    const std::uint32_t version = fields.number();
    const ByteView d = fields.octets();
    std::string inner_oid;
    if (fields.tag() == der::context(0)) {
        DerReader parameters = fields.enter(der::context(0));
        NACRE_TRY(inner_oid, take_curve(parameters));
        parameters.end();
    }
    // RFC 5915 s3: the public key is optional.
    Bytes point;
    if (fields.tag() == der::context(1)) {
        DerReader public_key = fields.enter(der::context(1));
        point = to_bytes(public_key.bits());
        public_key.end();
    }
    fields.end();
    const bool disagree = !inner_oid.empty() && !curve_oid.empty() && inner_oid != curve_oid;
    if (!fields.ok() || version != 1 || disagree) return fields.error(kDamaged);
    NACRE_TRY(const std::string_view curve,
              curve_of_oid(inner_oid.empty() ? curve_oid : std::string_view(inner_oid)));
    if (point.empty()) {
        NACRE_TRY(point, ecdsa_public_point(curve, d));
    } else {
        NACRE_TRY(point, uncompressed_point(curve, point));
    }
    return ecdsa_private_key(curve, point, d);
}

}  // namespace nacre::detail
