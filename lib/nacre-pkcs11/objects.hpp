/// \file
/// Objects in a token: finding keys, and public keys as SSH blobs.
#pragma once
#include "nacre-pkcs11/module.hpp"

namespace nacre::pkcs11::detail {

struct KeyObject {
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    std::string label;
    Bytes id;
    CK_KEY_TYPE type = 0;
};

/// The keys of a class (CKO_PRIVATE_KEY: those that sign; CKO_PUBLIC_KEY) with this label and this
/// id; where there is none, any fits. Errors: local_failed.
Result<std::vector<KeyObject>> find_keys(Session& session, CK_OBJECT_CLASS object_class,
                                         const std::optional<std::string>& label,
                                         const std::optional<Bytes>& id);

/// The blob of a public key, or of an RSA private key, which has the public numbers too. Errors:
/// unsupported (type or curve), local_failed.
Result<Bytes> public_blob_of(Session& session, const KeyObject& key);

/// CKA_EC_PARAMS of a key on a curve. Errors: local_failed.
Result<Bytes> curve_of(Session& session, const KeyObject& key);

/// Whether a boolean attribute is there and true.
bool is_true(Session& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute);

/// The curve point in CKA_EC_POINT: `size` bytes in an OCTET STRING, or bare as some tokens have
/// it. Empty: neither. Borrowed from `value`.
ByteView point_in(ByteView value, std::size_t size) noexcept;

}  // namespace nacre::pkcs11::detail
