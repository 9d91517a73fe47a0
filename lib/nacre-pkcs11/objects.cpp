#include "nacre-pkcs11/objects.hpp"

#include <nacre/wire/writer.hpp>

#include <algorithm>
#include <array>

namespace nacre::pkcs11::detail {

namespace {

/// Bytes of one attribute; the longest is an RSA modulus.
constexpr std::size_t kMaxAttribute = 16 * 1024;

using namespace std::string_view_literals;

constexpr Error kOtherKey{Errc::unsupported, Disconnect::none, 0,
                          "pkcs11: key of an unsupported kind"};

Result<Bytes> attribute(Session& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE wanted{type, nullptr, 0};
    CK_RV done = session.module().C_GetAttributeValue(session.handle(), object, &wanted, 1);
    if (done == CKR_OK && wanted.ulValueLen <= kMaxAttribute) {
        Bytes value(wanted.ulValueLen);
        wanted.pValue = value.data();
        done = session.module().C_GetAttributeValue(session.handle(), object, &wanted, 1);
        if (done == CKR_OK && wanted.ulValueLen <= value.size()) {
            value.resize(wanted.ulValueLen);
            return value;
        }
    }
    return token_failed(done, "pkcs11: attribute of a key not readable");
}

struct Curve {
    std::string_view type;    ///< SSH's
    std::string_view name;    ///< in the blob; empty: Ed25519, which names none
    std::size_t point;        ///< bytes
    std::string_view params;  ///< CKA_EC_PARAMS, DER
};
// Object identifiers; for Ed25519 also the name that PKCS#11 3.0 gives it, as PrintableString.
constexpr Curve kCurves[] = {
    {"ecdsa-sha2-nistp256", "nistp256", 65, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv},
    {"ecdsa-sha2-nistp384", "nistp384", 97, "\x06\x05\x2b\x81\x04\x00\x22"sv},
    {"ecdsa-sha2-nistp521", "nistp521", 133, "\x06\x05\x2b\x81\x04\x00\x23"sv},
    {"ssh-ed25519", "", 32, "\x06\x03\x2b\x65\x70"sv},
    {"ssh-ed25519", "", 32,
     "\x13\x0c"
     "edwards25519"sv},
};

Result<Bytes> curve_blob(Session& session, CK_OBJECT_HANDLE object) {
    NACRE_TRY(const Bytes params, attribute(session, object, CKA_EC_PARAMS));
    NACRE_TRY(const Bytes value, attribute(session, object, CKA_EC_POINT));
    for (const Curve& curve : kCurves) {
        if (as_text(params) != curve.params) continue;
        const ByteView point = point_in(value, curve.point);
        if (point.empty()) return kOtherKey;
        Bytes blob;
        Writer<Bytes> w(blob);
        w.string(curve.type);
        if (!curve.name.empty()) w.string(curve.name);
        w.string(point);
        return blob;
    }
    return kOtherKey;
}

/// Ends a search, which the session can have one of.
class Search {
  public:
    explicit Search(Session& session) noexcept : session_(session) {}
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    ~Search() { static_cast<void>(session_.module().C_FindObjectsFinal(session_.handle())); }

  private:
    Session& session_;
};

Result<std::vector<CK_OBJECT_HANDLE>> search(Session& session, std::vector<CK_ATTRIBUTE> pattern) {
    auto& module = session.module();
    CK_RV done = module.C_FindObjectsInit(session.handle(), pattern.data(), pattern.size());
    if (done != CKR_OK) return token_failed(done, "pkcs11: objects cannot be searched");
    const Search ended_at_last(session);
    std::vector<CK_OBJECT_HANDLE> found;
    std::array<CK_OBJECT_HANDLE, 64> part{};
    while (found.size() < kMaxObjects) {
        CK_ULONG count = 0;
        done = module.C_FindObjects(session.handle(), part.data(), part.size(), &count);
        if (done != CKR_OK) return token_failed(done, "pkcs11: objects cannot be searched");
        if (count == 0) break;
        found.insert(
            found.end(), part.begin(),
            part.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, part.size())));
    }
    return found;
}

}  // namespace

ByteView point_in(ByteView value, std::size_t size) noexcept {
    if (value.size() == size) return value;
    // DER: 04, the length in one byte or, from 128 on, behind 81.
    const std::size_t header = size < 128 ? 2 : 3;
    if (value.size() != header + size || value[0] != 4) return {};
    if (header == 3 && value[1] != 0x81) return {};
    return value[header - 1] == size ? value.subspan(header) : ByteView{};
}

Result<std::vector<KeyObject>> find_keys(Session& session, CK_OBJECT_CLASS object_class,
                                         const std::optional<std::string>& label,
                                         const std::optional<Bytes>& id) {
    // The interface of C has no const.
    std::string label_text = label.value_or(std::string());
    Bytes id_bytes = id.value_or(Bytes());
    CK_BBOOL yes = CK_TRUE;
    std::vector<CK_ATTRIBUTE> pattern{{CKA_CLASS, &object_class, sizeof object_class}};
    // The others of a token decrypt, or derive.
    if (object_class == CKO_PRIVATE_KEY) pattern.push_back({CKA_SIGN, &yes, sizeof yes});
    if (!label_text.empty()) pattern.push_back({CKA_LABEL, label_text.data(), label_text.size()});
    if (!id_bytes.empty()) pattern.push_back({CKA_ID, id_bytes.data(), id_bytes.size()});
    NACRE_TRY(const auto handles, search(session, std::move(pattern)));
    std::vector<KeyObject> keys;
    for (const CK_OBJECT_HANDLE handle : handles) {
        KeyObject key;
        key.handle = handle;
        CK_ATTRIBUTE type{CKA_KEY_TYPE, &key.type, sizeof key.type};
        if (session.module().C_GetAttributeValue(session.handle(), handle, &type, 1) != CKR_OK)
            continue;
        key.id = attribute(session, handle, CKA_ID).value_or({});
        const auto named = attribute(session, handle, CKA_LABEL);
        if (named) key.label = as_text(*named);
        keys.push_back(std::move(key));
    }
    return keys;
}

Result<Bytes> public_blob_of(Session& session, const KeyObject& key) {
    if (key.type == CKK_RSA) {
        NACRE_TRY(const Bytes n, attribute(session, key.handle, CKA_MODULUS));
        NACRE_TRY(const Bytes e, attribute(session, key.handle, CKA_PUBLIC_EXPONENT));
        Bytes blob;
        Writer<Bytes>(blob).string("ssh-rsa").mpint(e).mpint(n);
        return blob;
    }
    if (key.type == CKK_EC || key.type == CKK_EC_EDWARDS) return curve_blob(session, key.handle);
    return kOtherKey;
}

Result<Bytes> curve_of(Session& session, const KeyObject& key) {
    return attribute(session, key.handle, CKA_EC_PARAMS);
}

bool is_true(Session& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) {
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE wanted{attribute, &value, sizeof value};
    return session.module().C_GetAttributeValue(session.handle(), object, &wanted, 1) == CKR_OK &&
           value == CK_TRUE;
}

}  // namespace nacre::pkcs11::detail
