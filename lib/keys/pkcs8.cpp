#include "keys/pkcs8.hpp"

#include "keys/botan_guard.hpp"
#include "keys/key_math.hpp"
#include "keys/passphrase.hpp"
#include "keys/pkcs1.hpp"
#include "keys/private_fields.hpp"
#include "keys/sec1.hpp"

#include <botan/asn1_obj.h>
#include <botan/ber_dec.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>

#include <algorithm>

namespace nacre::detail {

namespace {

using Botan::AlgorithmIdentifier;
using Botan::ASN1_Type;
using Botan::BER_Decoder;

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged PKCS#8 private key");
constexpr Error kUnsupported =
    key_error(KeyFault::unsupported, "encryption of the PKCS#8 file not supported");

constexpr std::string_view kRsa = "1.2.840.113549.1.1.1";
constexpr std::string_view kEc = "1.2.840.10045.2.1";
constexpr std::string_view kEd25519 = "1.3.101.112";
constexpr std::string_view kPbes2 = "1.2.840.113549.1.5.13";
constexpr std::string_view kPbkdf2 = "1.2.840.113549.1.5.12";
constexpr std::string_view kScrypt = "1.3.6.1.4.1.11591.4.11";
constexpr std::string_view kCiphers[] = {
    "2.16.840.1.101.3.4.1.2",  "2.16.840.1.101.3.4.1.6",   // AES-128 CBC, GCM
    "2.16.840.1.101.3.4.1.22", "2.16.840.1.101.3.4.1.26",  // AES-192
    "2.16.840.1.101.3.4.1.42", "2.16.840.1.101.3.4.1.46",  // AES-256
    "1.2.840.113549.3.7",                                  // DES-EDE3-CBC
};

// RFC 8410 s7: the seed is an OCTET STRING within the OCTET STRING.
Result<PrivateKey> read_ed25519(ByteView bits) {
    Botan::secure_vector<std::uint8_t> seed;
    BER_Decoder(bits).decode(seed, ASN1_Type::OctetString).verify_end();
    if (seed.size() != 32) return kDamaged;
    NACRE_TRY(const Bytes public_key, ed25519_public_key(seed));
    return ed25519_private_key(seed, public_key);
}

std::string curve_oid(const AlgorithmIdentifier& algorithm) {
    Botan::OID oid;
    const auto& parameters = algorithm.parameters();
    BER_Decoder(parameters).decode(oid).verify_end();
    return oid.to_string();
}

// Botan would spend minutes on what a file may ask for.
Result<void> check_pbkdf2(ByteView parameters) {
    std::vector<std::uint8_t> salt;
    std::size_t iterations = 0;
    BER_Decoder(parameters)
        .start_sequence()
        .decode(salt, ASN1_Type::OctetString)
        .decode(iterations)
        .discard_remaining();
    if (iterations > kMaxPbkdf2Iterations)
        return key_error(KeyFault::over_limit, "too many iterations of key derivation");
    return {};
}

Result<void> check_scrypt(ByteView parameters) {
    std::vector<std::uint8_t> salt;
    std::size_t n = 0, r = 0, p = 0;
    BER_Decoder(parameters)
        .start_sequence()
        .decode(salt, ASN1_Type::OctetString)
        .decode(n)
        .decode(r)
        .decode(p)
        .discard_remaining();
    if (n == 0 || r == 0 || n > kMaxScryptMemory / 128 / r || p > kMaxScryptParallelism)
        return key_error(KeyFault::over_limit, "key derivation takes too much memory");
    return {};
}

// Looks at the encryption before any work is done or a passphrase asked for.
Result<void> check_encryption(ByteView der) {
    AlgorithmIdentifier scheme, kdf, cipher;
    std::vector<std::uint8_t> encrypted;
    BER_Decoder(der)
        .start_sequence()
        .decode(scheme)
        .decode(encrypted, ASN1_Type::OctetString)
        .end_cons()
        .verify_end();
    if (scheme.oid().to_string() != kPbes2) return kUnsupported;
    const auto& parameters = scheme.parameters();
    BER_Decoder(parameters).start_sequence().decode(kdf).decode(cipher).end_cons().verify_end();
    const auto cipher_oid = cipher.oid().to_string();
    if (std::find(std::begin(kCiphers), std::end(kCiphers), cipher_oid) == std::end(kCiphers))
        return kUnsupported;
    const auto kdf_oid = kdf.oid().to_string();
    if (kdf_oid == kPbkdf2) return check_pbkdf2(kdf.parameters());
    if (kdf_oid == kScrypt) return check_scrypt(kdf.parameters());
    return kUnsupported;
}

}  // namespace

Result<PrivateKey> read_pkcs8_key(ByteView der) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        std::size_t version = 0;
        AlgorithmIdentifier algorithm;
        Botan::secure_vector<std::uint8_t> bits;
        BER_Decoder(der)
            .start_sequence()
            .decode(version)
            .decode(algorithm)
            .decode(bits, ASN1_Type::OctetString)
            .discard_remaining()  // attributes, and the public key of RFC 5958
            .end_cons()
            .verify_end();
        if (version > 1) return kDamaged;
        const auto oid = algorithm.oid().to_string();
        if (oid == kRsa) return read_pkcs1_der(bits);
        if (oid == kEc) return read_sec1_der(bits, curve_oid(algorithm));
        if (oid == kEd25519) return read_ed25519(bits);
        return key_error(KeyFault::unsupported, "type of the private key not supported");
    });
}

Result<PrivateKey> read_encrypted_pkcs8_key(ByteView der, const AskPassphrase& ask) {
    NACRE_CHECK(guarded(kDamaged, [&] { return check_encryption(der); }));
    NACRE_TRY(const SecretBytes passphrase, passphrase_from(ask));
    constexpr Error kWrongPassphrase = key_error(
        KeyFault::wrong_passphrase, "wrong passphrase, or the private key file is damaged");
    auto clear = guarded(kWrongPassphrase, [&]() -> Result<SecretBytes> {
        Botan::DataSource_Memory source(der);
        const auto key = Botan::PKCS8::load_key(source, as_text(passphrase));
        return SecretBytes(ByteView(Botan::PKCS8::BER_encode(*key)));
    });
    if (!clear) return clear.error();
    return read_pkcs8_key(*clear);
}

}  // namespace nacre::detail
