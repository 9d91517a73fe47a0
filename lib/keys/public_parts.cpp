#include "keys/public_parts.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::detail {

namespace {

Result<Bytes> checked(Bytes blob) {
    if (!public_blob_type(blob)) return key_error(KeyFault::damaged, "damaged public key");
    return blob;
}

}  // namespace

Result<Bytes> rsa_public_blob(ByteView e, ByteView n) {
    Bytes blob;
    Writer<Bytes>(blob).string("ssh-rsa").mpint(e).mpint(n);
    return checked(std::move(blob));
}

Result<Bytes> dsa_public_blob(ByteView p, ByteView q, ByteView g, ByteView y) {
    Bytes blob;
    Writer<Bytes>(blob).string("ssh-dss").mpint(p).mpint(q).mpint(g).mpint(y);
    return checked(std::move(blob));
}

Result<Bytes> ecdsa_public_blob(std::string_view curve, ByteView point) {
    Bytes blob;
    Writer<Bytes>(blob)
        .string(std::string("ecdsa-sha2-").append(curve))
        .string(curve)
        .string(point);
    return checked(std::move(blob));
}

Result<Bytes> edwards_public_blob(std::string_view type, ByteView point) {
    if (point.size() != (type == "ssh-ed448" ? 57U : 32U))
        return key_error(KeyFault::damaged, "damaged public key");
    Bytes blob;
    Writer<Bytes>(blob).string(type).string(point);
    return checked(std::move(blob));
}

}  // namespace nacre::detail
