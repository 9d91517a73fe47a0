#include "keys/pem_key.hpp"

#include "keys/dek_info.hpp"
#include "keys/openssh_key.hpp"
#include "keys/pkcs1.hpp"
#include "keys/pkcs8.hpp"
#include "keys/sec1.hpp"

namespace nacre::detail {

namespace {

using Take = Result<PrivateKey> (*)(DerReader& from);

// The formats that RFC 1421 headers may encrypt.
struct OldFormat {
    std::string_view label;
    Take take;
};
constexpr OldFormat kOldFormats[] = {
    {"RSA PRIVATE KEY", [](DerReader& from) { return take_rsa_private_key(from); }},
    {"DSA PRIVATE KEY", [](DerReader& from) { return take_dsa_private_key(from); }},
    {"EC PRIVATE KEY", [](DerReader& from) { return take_ec_private_key(from, {}); }},
    {"PRIVATE KEY", [](DerReader& from) { return take_pkcs8_key(from); }},
};

Result<PrivateKey> take_whole(Take take, DerReader from) {
    auto key = take(from);
    from.end();
    if (key && !from.ok()) return from.error("something stands behind the private key");
    return key;
}

Result<PrivateKey> read_old(const OldFormat& format, const Pem& pem, Unlock& unlock) {
    if (!is_dek_encrypted(pem)) {
        DerDocument document(pem.body);
        return take_whole(format.take, document.reader());
    }
    NACRE_TRY(const SecretBytes clear, open_dek(pem, unlock));
    DerDocument document(clear);
    return blame_passphrase(take_whole(format.take, document.reader()));
}

Result<PrivateKey> read_body(const Pem& pem, Unlock& unlock) {
    if (pem.label == "OPENSSH PRIVATE KEY") return read_openssh_key(pem.body, unlock);
    if (pem.label == "ENCRYPTED PRIVATE KEY") {
        DerDocument document(pem.body);
        DerReader reader = document.reader();
        return take_encrypted_pkcs8_key(reader, unlock);
    }
    for (const OldFormat& format : kOldFormats)
        if (format.label == pem.label) return read_old(format, pem, unlock);
    return key_error(KeyFault::unsupported, "format of the private key not supported");
}

}  // namespace

bool is_private_label(std::string_view label) noexcept {
    return label.ends_with("PRIVATE KEY");
}

Result<PrivateKey> read_pem_key(Pem& pem, Unlock& unlock) {
    NACRE_CHECK(decode_pem(pem));
    auto key = read_body(pem, unlock);
    if (!key) return pem.located(key.error());
    return key;
}

}  // namespace nacre::detail
