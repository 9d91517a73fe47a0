#include "keys/botan_guard.hpp"
#include "keys/pem_key.hpp"

#include <nacre/keys/private_key.hpp>

namespace nacre {

namespace {

// EC PARAMETERS, as `openssl ecparam -genkey` puts them in front, and certificates are passed over.
Result<PrivateKey> read_first(ByteView file, const AskPassphrase& ask) {
    detail::PemBlocks blocks(as_text(file));
    detail::Unlock unlock(ask);
    for (std::size_t passed = 0;; ++passed) {
        auto pem = blocks.next();
        if (!pem && passed != 0 && fault_of(pem.error()) == KeyFault::not_a_key)
            return key_error(KeyFault::not_a_key, "a PEM file, but not a private key");
        if (!pem) return pem.error();
        if (detail::is_private_label(pem->label)) return detail::read_pem_key(*pem, unlock);
    }
}

}  // namespace

Result<PrivateKey> read_private_key(ByteView file, const AskPassphrase& ask) {
    if (file.size() > kMaxKeyFile)
        return key_error(KeyFault::over_limit, "private key file too large");
    return detail::guarded(key_error(KeyFault::damaged, "damaged private key file"),
                           [&] { return read_first(file, ask); });
}

Result<PrivateKey> read_private_key(ByteView file, const SecretBytes& passphrase) {
    return read_private_key(file,
                            [&]() -> std::optional<SecretBytes> { return passphrase.copy(); });
}

}  // namespace nacre
