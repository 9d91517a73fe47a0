#include "auth/publickey_signed_data.hpp"

#include <nacre/wire/numbers.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::detail {

Bytes publickey_signed_data(const PublickeySignedData& fields) {
    Bytes data;
    Writer w(data);
    w.string(fields.session_id)
        .u8(msg::userauth_request)
        .string(fields.user)
        .string(fields.service)
        .string(fields.host_key ? kPublickeyHostbound : kPublickey)
        .boolean(true)
        .string(fields.algorithm)
        .string(fields.key_blob);
    if (fields.host_key) w.string(*fields.host_key);
    return data;
}

}  // namespace nacre::detail
