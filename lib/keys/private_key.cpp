#include "keys/botan_guard.hpp"
#include "keys/openssh_key.hpp"
#include "keys/pem.hpp"
#include "keys/pkcs1.hpp"
#include "keys/pkcs8.hpp"
#include "keys/sec1.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre {

namespace {

Result<PrivateKey> read_by_label(const detail::Pem& pem, const AskPassphrase& ask) {
    if (pem.label == "OPENSSH PRIVATE KEY") return detail::read_openssh_key(pem.body, ask);
    if (pem.label == "RSA PRIVATE KEY") return detail::read_pkcs1_key(pem, ask);
    if (pem.label == "EC PRIVATE KEY") return detail::read_sec1_key(pem, ask);
    if (pem.label == "PRIVATE KEY") return detail::read_pkcs8_key(pem.body);
    if (pem.label == "ENCRYPTED PRIVATE KEY")
        return detail::read_encrypted_pkcs8_key(pem.body, ask);
    if (pem.label.ends_with("PRIVATE KEY"))
        return key_error(KeyFault::unsupported, "format of the private key not supported");
    return key_error(KeyFault::not_a_key, "a PEM file, but not a private key");
}

}  // namespace

Result<PrivateKey> read_private_key(ByteView file, const AskPassphrase& ask) {
    if (file.size() > kMaxKeyFile)
        return key_error(KeyFault::over_limit, "private key file too large");
    NACRE_TRY(const detail::Pem pem, detail::read_pem(as_text(file)));
    return detail::guarded(key_error(KeyFault::damaged, "damaged private key file"),
                           [&] { return read_by_label(pem, ask); });
}

Result<PrivateKey> read_private_key(ByteView file, const SecretBytes& passphrase) {
    return read_private_key(file,
                            [&]() -> std::optional<SecretBytes> { return passphrase.copy(); });
}

}  // namespace nacre
