#include "keys/base64.hpp"
#include "keys/botan_guard.hpp"
#include "keys/openssh_cipher.hpp"

#include <nacre/keys/private_key.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre {

namespace {

constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kLineLength = 70;  // as ssh-keygen writes them

SecretBuffer plaintext_of(const PrivateKey& key, std::size_t block, Rng& rng) {
    std::uint8_t check[4];
    rng.fill(check);
    SecretBuffer plaintext;
    Writer<SecretBuffer> writer(plaintext);
    writer.bytes(check).bytes(check);
    writer.string(key.type).bytes(key.fields).string(key.comment);
    for (std::uint8_t pad = 1; plaintext.size() % block != 0; ++pad) writer.u8(pad);
    return plaintext;
}

struct Encryption {
    Bytes kdf_options;
    SecretBytes key_and_iv;
};

Result<Encryption> derive(const detail::KeyFileCipher& cipher, ByteView passphrase, Rng& rng,
                          std::uint32_t rounds) {
    std::uint8_t salt[kSaltSize];
    rng.fill(salt);
    Encryption encryption;
    Writer<Bytes>(encryption.kdf_options).string(ByteView(salt)).u32(rounds);
    NACRE_TRY(encryption.key_and_iv,
              detail::bcrypt_pbkdf(passphrase, salt, rounds, cipher.key + cipher.iv));
    return encryption;
}

Result<SecretBytes> write_file(const PrivateKey& key, const SecretBytes* passphrase, Rng& rng,
                               std::uint32_t rounds, std::string_view cipher_name) {
    const bool encrypted = passphrase != nullptr;
    const auto* cipher = detail::find_key_file_cipher(encrypted ? cipher_name : "none");
    if (cipher == nullptr || (encrypted && cipher->mode != detail::CipherMode::ctr))
        return Error{Errc::unsupported, Disconnect::none, 0,
                     "no cipher that keys are written with"};
    Encryption encryption;
    if (encrypted) {
        NACRE_TRY(encryption, derive(*cipher, *passphrase, rng, rounds));
    }
    const SecretBuffer plaintext = plaintext_of(key, cipher->block, rng);
    NACRE_TRY(const SecretBytes sealed,
              detail::seal_key_file(*cipher, encryption.key_and_iv, plaintext));

    SecretBuffer container;
    Writer<SecretBuffer> writer(container);
    writer.bytes(as_bytes(kMagic)).string(cipher->name).string(encrypted ? "bcrypt" : "none");
    writer.string(encryption.kdf_options).u32(1).string(key.public_blob).string(sealed.view());
    NACRE_TRY(const SecretBytes lines, detail::encode_base64_lines(container, kLineLength));

    SecretBuffer file;
    file.append(as_bytes("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    file.append(lines);
    file.append(as_bytes("-----END OPENSSH PRIVATE KEY-----\n"));
    return SecretBytes(file.view());
}

}  // namespace

Result<SecretBytes> write_openssh_private_key(const PrivateKey& key, const SecretBytes* passphrase,
                                              Rng& rng, std::uint32_t rounds,
                                              std::string_view cipher) {
    constexpr Error kMisuse{Errc::local_misuse, Disconnect::none, 0,
                            "empty passphrase, or rounds out of range"};
    if (passphrase != nullptr && (passphrase->empty() || rounds == 0 || rounds > kMaxBcryptRounds))
        return kMisuse;
    constexpr Error kFailed{Errc::crypto_failed, Disconnect::none, 0,
                            "private key could not be encrypted"};
    return detail::guarded(kFailed,
                           [&] { return write_file(key, passphrase, rng, rounds, cipher); });
}

}  // namespace nacre
