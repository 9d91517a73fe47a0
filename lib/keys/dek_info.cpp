#include "keys/dek_info.hpp"

#include "keys/botan_guard.hpp"

#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/hex.h>

namespace nacre::detail {

namespace {

struct DekCipher {
    std::string_view name;
    const char* botan;
    std::size_t key;  // bytes
    std::size_t iv;
};
constexpr DekCipher kCiphers[] = {
    {"AES-128-CBC", "AES-128/CBC/PKCS7", 16, 16}, {"AES-192-CBC", "AES-192/CBC/PKCS7", 24, 16},
    {"AES-256-CBC", "AES-256/CBC/PKCS7", 32, 16}, {"DES-EDE3-CBC", "TripleDES/CBC/PKCS7", 24, 8},
    {"DES-CBC", "DES/CBC/PKCS7", 8, 8},
};
// Others that OpenSSL can write.
struct Unavailable {
    std::string_view name;
    const char* what;
};
constexpr Unavailable kUnavailable[] = {
    {"RC2-CBC", "cipher RC2-CBC of the key not supported"},
    {"BF-CBC", "cipher BF-CBC of the key not supported"},
    {"CAST5-CBC", "cipher CAST5-CBC of the key not supported"},
    {"IDEA-CBC", "cipher IDEA-CBC of the key not supported"},
    {"SEED-CBC", "cipher SEED-CBC of the key not supported"},
    {"CAMELLIA-128-CBC", "cipher CAMELLIA-128-CBC of the key not supported"},
    {"CAMELLIA-192-CBC", "cipher CAMELLIA-192-CBC of the key not supported"},
    {"CAMELLIA-256-CBC", "cipher CAMELLIA-256-CBC of the key not supported"},
    {"ARIA-128-CBC", "cipher ARIA-128-CBC of the key not supported"},
    {"ARIA-192-CBC", "cipher ARIA-192-CBC of the key not supported"},
    {"ARIA-256-CBC", "cipher ARIA-256-CBC of the key not supported"},
};
constexpr std::size_t kSaltSize = 8;

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged DEK-Info of a PEM file");
constexpr Error kWrongPassphrase =
    key_error(KeyFault::wrong_passphrase, "wrong passphrase, or the private key file is damaged");

// OpenSSL's EVP_BytesToKey with MD5 and one round: D1 = MD5(passphrase || salt),
// Dn = MD5(Dn-1 || passphrase || salt), the salt being the first bytes of the IV.
Botan::secure_vector<std::uint8_t> derive_key(ByteView passphrase, ByteView salt,
                                              std::size_t size) {
    const auto md5 = Botan::HashFunction::create_or_throw("MD5");
    Botan::secure_vector<std::uint8_t> key;
    Botan::secure_vector<std::uint8_t> block;
    while (key.size() < size) {
        md5->update(block);
        md5->update(passphrase);
        md5->update(salt);
        block = md5->final();
        key.insert(key.end(), block.begin(), block.end());
    }
    key.resize(size);
    return key;
}

const DekCipher* find_cipher(std::string_view name) noexcept {
    for (const DekCipher& cipher : kCiphers)
        if (cipher.name == name) return &cipher;
    return nullptr;
}

Error unavailable(std::string_view name) noexcept {
    for (const Unavailable& cipher : kUnavailable)
        if (cipher.name == name) return key_error(KeyFault::unsupported, cipher.what);
    return key_error(KeyFault::unsupported, "cipher of the private key file not known");
}

}  // namespace

bool is_dek_encrypted(const Pem& pem) noexcept {
    return pem.proc_type == "4,ENCRYPTED";
}

Result<SecretBytes> open_dek(const Pem& pem, Unlock& unlock) {
    const auto comma = pem.dek_info.find(',');
    if (comma == std::string_view::npos) return kDamaged;
    const DekCipher* cipher = find_cipher(pem.dek_info.substr(0, comma));
    if (cipher == nullptr) return unavailable(pem.dek_info.substr(0, comma));
    const auto hex = pem.dek_info.substr(comma + 1);
    if (hex.size() != 2 * cipher->iv) return kDamaged;
    auto iv = guarded(kDamaged, [&]() -> Result<Bytes> { return Botan::hex_decode(hex, false); });
    if (!iv) return iv.error();
    NACRE_TRY(const ByteView passphrase, unlock.passphrase({cipher->name, "MD5", {}, 1, 0, 0}));
    return guarded(kWrongPassphrase, [&]() -> Result<SecretBytes> {
        const auto mode =
            Botan::Cipher_Mode::create_or_throw(cipher->botan, Botan::Cipher_Dir::Decryption);
        mode->set_key(derive_key(passphrase, ByteView(*iv).first(kSaltSize), cipher->key));
        mode->start(*iv);
        Botan::secure_vector<std::uint8_t> buffer(pem.body.view().begin(), pem.body.view().end());
        mode->finish(buffer);
        return SecretBytes(ByteView(buffer));
    });
}

}  // namespace nacre::detail
