#include "keys/dek_info.hpp"

#include "keys/botan_guard.hpp"
#include "keys/passphrase.hpp"

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
    {"AES-128-CBC", "AES-128/CBC/PKCS7", 16, 16},
    {"AES-192-CBC", "AES-192/CBC/PKCS7", 24, 16},
    {"AES-256-CBC", "AES-256/CBC/PKCS7", 32, 16},
    {"DES-EDE3-CBC", "TripleDES/CBC/PKCS7", 24, 8},
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

}  // namespace

bool is_dek_encrypted(const Pem& pem) noexcept {
    return pem.proc_type == "4,ENCRYPTED";
}

Result<SecretBytes> open_dek(const Pem& pem, const AskPassphrase& ask) {
    const auto comma = pem.dek_info.find(',');
    if (comma == std::string_view::npos) return kDamaged;
    const DekCipher* cipher = find_cipher(pem.dek_info.substr(0, comma));
    if (cipher == nullptr)
        return key_error(KeyFault::unsupported, "cipher of the private key file not supported");
    const auto hex = pem.dek_info.substr(comma + 1);
    if (hex.size() != 2 * cipher->iv) return kDamaged;
    auto iv = guarded(kDamaged, [&]() -> Result<Bytes> { return Botan::hex_decode(hex, false); });
    if (!iv) return iv.error();
    NACRE_TRY(const SecretBytes passphrase, passphrase_from(ask));
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
