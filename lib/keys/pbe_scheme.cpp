#include "keys/botan_guard.hpp"
#include "keys/pbe.hpp"

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged parameters of a key file's encryption";

struct Cipher {
    std::string_view oid;
    std::string_view name;
    const char* botan;        // nullptr: not available
    std::size_t key, iv;      // bytes
    const char* unavailable;  // the text of the error then
};
constexpr Cipher kCiphers[] = {
    {"2.16.840.1.101.3.4.1.2", "AES-128-CBC", "AES-128/CBC/PKCS7", 16, 16, ""},
    {"2.16.840.1.101.3.4.1.22", "AES-192-CBC", "AES-192/CBC/PKCS7", 24, 16, ""},
    {"2.16.840.1.101.3.4.1.42", "AES-256-CBC", "AES-256/CBC/PKCS7", 32, 16, ""},
    {"2.16.840.1.101.3.4.1.6", "AES-128-GCM", "AES-128/GCM", 16, 12, ""},
    {"2.16.840.1.101.3.4.1.26", "AES-192-GCM", "AES-192/GCM", 24, 12, ""},
    {"2.16.840.1.101.3.4.1.46", "AES-256-GCM", "AES-256/GCM", 32, 12, ""},
    {"1.2.840.113549.3.7", "DES-EDE3-CBC", "TripleDES/CBC/PKCS7", 24, 8, ""},
    {"1.3.14.3.2.7", "DES-CBC", "DES/CBC/PKCS7", 8, 8, ""},
    {"1.3.6.1.4.1.3029.1.2", "BF-CBC", "Blowfish/CBC/PKCS7", 16, 8, ""},
    {"1.2.840.113533.7.66.10", "CAST5-CBC", "CAST-128/CBC/PKCS7", 16, 8, ""},
    {"2.16.840.1.101.3.4.1.3", "", nullptr, 0, 0, "cipher AES-128-OFB of the key not supported"},
    {"2.16.840.1.101.3.4.1.4", "", nullptr, 0, 0, "cipher AES-128-CFB of the key not supported"},
    {"2.16.840.1.101.3.4.1.23", "", nullptr, 0, 0, "cipher AES-192-OFB of the key not supported"},
    {"2.16.840.1.101.3.4.1.24", "", nullptr, 0, 0, "cipher AES-192-CFB of the key not supported"},
    {"2.16.840.1.101.3.4.1.43", "", nullptr, 0, 0, "cipher AES-256-OFB of the key not supported"},
    {"2.16.840.1.101.3.4.1.44", "", nullptr, 0, 0, "cipher AES-256-CFB of the key not supported"},
    {"1.2.840.113549.3.2", "", nullptr, 0, 0, "cipher RC2-CBC of the key not supported"},
    {"1.2.840.113549.3.9", "", nullptr, 0, 0, "cipher RC5-CBC of the key not supported"},
    {"1.2.392.200011.61.1.1.1.2", "", nullptr, 0, 0,
     "cipher CAMELLIA-128-CBC of the key not supported"},
    {"1.2.392.200011.61.1.1.1.3", "", nullptr, 0, 0,
     "cipher CAMELLIA-192-CBC of the key not supported"},
    {"1.2.392.200011.61.1.1.1.4", "", nullptr, 0, 0,
     "cipher CAMELLIA-256-CBC of the key not supported"},
    {"1.2.410.200046.1.1.2", "", nullptr, 0, 0, "cipher ARIA-128-CBC of the key not supported"},
    {"1.2.410.200046.1.1.7", "", nullptr, 0, 0, "cipher ARIA-192-CBC of the key not supported"},
    {"1.2.410.200046.1.1.12", "", nullptr, 0, 0, "cipher ARIA-256-CBC of the key not supported"},
    {"1.2.410.200004.1.4", "", nullptr, 0, 0, "cipher SEED-CBC of the key not supported"},
    {"1.3.6.1.4.1.188.7.1.1.2", "", nullptr, 0, 0, "cipher IDEA-CBC of the key not supported"},
    {"1.2.156.10197.1.104.2", "", nullptr, 0, 0, "cipher SM4-CBC of the key not supported"},
};

struct Prf {
    std::string_view oid;
    std::string_view name;
    const char* hash;  // Botan's; nullptr: not available
    const char* unavailable;
};
constexpr Prf kPrfs[] = {
    {"1.2.840.113549.2.7", "HMAC-SHA1", "SHA-1", ""},
    {"1.2.840.113549.2.9", "HMAC-SHA256", "SHA-256", ""},
    {"1.2.840.113549.2.11", "HMAC-SHA512", "SHA-512", ""},
    {"1.2.840.113549.2.10", "HMAC-SHA384", "SHA-384", ""},
    {"1.2.840.113549.2.8", "HMAC-SHA224", "SHA-224", ""},
    {"1.2.840.113549.2.13", "HMAC-SHA512-256", "SHA-512-256", ""},
    {"1.2.840.113549.2.6", "HMAC-MD5", "MD5", ""},
    {"2.16.840.1.101.3.4.2.13", "HMAC-SHA3-224", "SHA-3(224)", ""},
    {"2.16.840.1.101.3.4.2.14", "HMAC-SHA3-256", "SHA-3(256)", ""},
    {"2.16.840.1.101.3.4.2.15", "HMAC-SHA3-384", "SHA-3(384)", ""},
    {"2.16.840.1.101.3.4.2.16", "HMAC-SHA3-512", "SHA-3(512)", ""},
    {"1.2.840.113549.2.12", "", nullptr, "HMAC-SHA512-224 of the key's PBKDF2 not supported"},
    {"1.2.643.7.1.1.4.1", "", nullptr, "HMAC with GOST of the key's PBKDF2 not supported"},
    {"1.2.643.7.1.1.4.2", "", nullptr, "HMAC with GOST of the key's PBKDF2 not supported"},
    {"1.2.156.10197.1.401.2", "", nullptr, "HMAC-SM3 of the key's PBKDF2 not supported"},
};

// Schemes whose one OID says it all; the IV is derived like the key.
struct OldScheme {
    std::string_view oid;
    PbeKdf kdf;
    const char* hash;
    std::string_view cipher;
    const char* botan;  // nullptr: not available
    std::size_t key, iv;
    const char* unavailable;
};
constexpr OldScheme kOldSchemes[] = {
    {"1.2.840.113549.1.5.3", PbeKdf::pbkdf1, "MD5", "DES-CBC", "DES/CBC/PKCS7", 8, 8, ""},
    {"1.2.840.113549.1.5.10", PbeKdf::pbkdf1, "SHA-1", "DES-CBC", "DES/CBC/PKCS7", 8, 8, ""},
    {"1.2.840.113549.1.12.1.3", PbeKdf::pkcs12, "SHA-1", "DES-EDE3-CBC", "TripleDES/CBC/PKCS7", 24,
     8, ""},
    {"1.2.840.113549.1.12.1.4", PbeKdf::pkcs12, "SHA-1", "DES-EDE-CBC", "TripleDES/CBC/PKCS7", 16,
     8, ""},
    {"1.2.840.113549.1.12.1.1", PbeKdf::pkcs12, "SHA-1", "RC4-128", "RC4", 16, 0, ""},
    {"1.2.840.113549.1.12.1.2", PbeKdf::pkcs12, "SHA-1", "RC4-40", "RC4", 5, 0, ""},
    {"1.2.840.113549.1.12.1.5", PbeKdf::pkcs12, "", "", nullptr, 0, 0,
     "cipher RC2-128 of PKCS#12 not supported"},
    {"1.2.840.113549.1.12.1.6", PbeKdf::pkcs12, "", "", nullptr, 0, 0,
     "cipher RC2-40 of PKCS#12 not supported"},
    {"1.2.840.113549.1.5.1", PbeKdf::pbkdf1, "", "", nullptr, 0, 0,
     "encryption pbeWithMD2AndDES-CBC of the key not supported"},
    {"1.2.840.113549.1.5.4", PbeKdf::pbkdf1, "", "", nullptr, 0, 0,
     "encryption pbeWithMD2AndRC2-CBC of the key not supported"},
    {"1.2.840.113549.1.5.6", PbeKdf::pbkdf1, "", "", nullptr, 0, 0,
     "encryption pbeWithMD5AndRC2-CBC of the key not supported"},
    {"1.2.840.113549.1.5.11", PbeKdf::pbkdf1, "", "", nullptr, 0, 0,
     "encryption pbeWithSHA1AndRC2-CBC of the key not supported"},
};

constexpr std::string_view kPbes2 = "1.2.840.113549.1.5.13";
constexpr std::string_view kPbkdf2 = "1.2.840.113549.1.5.12";
constexpr std::string_view kScrypt = "1.3.6.1.4.1.11591.4.11";
constexpr std::size_t kMaxVariableKey = 32;  // bytes, of ciphers with keys of any length

template <class Row, std::size_t n>
const Row* find(const Row (&table)[n], std::string_view oid) noexcept {
    for (const Row& row : table)
        if (row.oid == oid) return &row;
    return nullptr;
}

Error unsupported(const char* what) noexcept {
    return key_error(KeyFault::unsupported, what);
}

Result<void> take_salt_and_count(DerReader& from, PbeScheme& scheme) {
    if (from.ok() && from.tag() == der::kSequence)
        return unsupported("salt of a key file's encryption from another source");
    const ByteView salt = from.octets();
    scheme.iterations = from.number();
    if (!from.ok()) return from.error(kDamaged);
    if (salt.size() > kMaxKdfSalt)
        return key_error(KeyFault::over_limit, "salt of key derivation too long");
    if (scheme.iterations == 0) return key_error(KeyFault::damaged, kDamaged);
    scheme.salt = to_bytes(salt);
    scheme.info.cost = scheme.iterations;
    return {};
}

Result<void> check_iterations(const PbeScheme& scheme) noexcept {
    if (scheme.iterations > kMaxKdfIterations)
        return key_error(KeyFault::over_limit, "too many iterations of key derivation");
    return {};
}

Result<void> take_old(const OldScheme& old, DerReader parameters, PbeScheme& scheme) {
    if (old.botan == nullptr) return unsupported(old.unavailable);
    DerReader inner = parameters.sequence();
    NACRE_CHECK(take_salt_and_count(inner, scheme));
    inner.end();
    if (!inner.ok()) return inner.error(kDamaged);
    NACRE_CHECK(check_iterations(scheme));
    scheme.kdf = old.kdf;
    scheme.hash = old.hash;
    scheme.cipher = old.botan;
    scheme.key = old.key;
    scheme.iv = old.iv;
    scheme.info.cipher = old.cipher;
    scheme.info.kdf = old.kdf == PbeKdf::pbkdf1 ? "PBKDF1" : "PKCS12-KDF";
    scheme.info.prf = std::string_view(old.hash) == "MD5" ? "MD5" : "SHA1";
    return {};
}

// `key_length` stays 0 when it is not said.
Result<void> take_pbkdf2(DerReader parameters, PbeScheme& scheme, std::uint32_t& key_length) {
    DerReader inner = parameters.sequence();
    NACRE_CHECK(take_salt_and_count(inner, scheme));
    NACRE_CHECK(check_iterations(scheme));
    if (inner.tag() == der::kInteger) key_length = inner.number();
    std::string oid(kPrfs[0].oid);  // RFC 8018 appendix A.2: the default
    if (inner.more()) oid = take_algorithm(inner).oid;
    inner.end();
    if (!inner.ok()) return inner.error(kDamaged);
    const Prf* prf = find(kPrfs, oid);
    if (prf == nullptr) return unsupported("hash of the key's PBKDF2 not supported");
    if (prf->hash == nullptr) return unsupported(prf->unavailable);
    scheme.kdf = PbeKdf::pbkdf2;
    scheme.hash = prf->hash;
    scheme.info.kdf = "PBKDF2";
    scheme.info.prf = prf->name;
    return {};
}

Result<void> take_scrypt(DerReader parameters, PbeScheme& scheme, std::uint32_t& key_length) {
    DerReader inner = parameters.sequence();
    NACRE_CHECK(take_salt_and_count(inner, scheme));
    const std::size_t n = scheme.iterations;
    scheme.scrypt_r = inner.number();
    scheme.scrypt_p = inner.number();
    if (inner.more()) key_length = inner.number();
    inner.end();
    if (!inner.ok()) return inner.error(kDamaged);
    const std::size_t r = scheme.scrypt_r;
    if (n < 2 || (n & (n - 1)) != 0 || r == 0 || scheme.scrypt_p == 0)
        return key_error(KeyFault::damaged, kDamaged);
    if (n > kMaxScryptMemory / 128 / r || r > kMaxScryptBlock ||
        scheme.scrypt_p > kMaxScryptParallelism)
        return key_error(KeyFault::over_limit, "key derivation takes too much memory");
    scheme.kdf = PbeKdf::scrypt;
    scheme.info.kdf = "scrypt";
    scheme.info.memory = static_cast<std::uint32_t>(128 * n * r / 1024);
    scheme.info.parallelism = scheme.scrypt_p;
    return {};
}

Result<void> take_cipher(DerReader& from, PbeScheme& scheme, std::uint32_t key_length) {
    DerAlgorithm algorithm = take_algorithm(from);
    if (!from.ok()) return from.error(kDamaged);
    const Cipher* cipher = find(kCiphers, algorithm.oid);
    if (cipher == nullptr) return unsupported("cipher of the key not known");
    if (cipher->botan == nullptr) return unsupported(cipher->unavailable);
    // CAST5 (RFC 2984) may say its key's length beside the IV.
    DerReader parameters = algorithm.parameters;
    const ByteView iv =
        parameters.tag() == der::kSequence ? parameters.sequence().octets() : parameters.octets();
    if (!from.ok()) return from.error(kDamaged);
    if (iv.size() != cipher->iv) return key_error(KeyFault::damaged, kDamaged);
    const bool variable = cipher->name == "BF-CBC";
    if (key_length != 0 && (variable ? key_length > kMaxVariableKey : key_length != cipher->key))
        return key_error(KeyFault::damaged, kDamaged);
    scheme.cipher = cipher->botan;
    scheme.key = key_length != 0 ? key_length : cipher->key;
    scheme.given_iv = to_bytes(iv);
    scheme.info.cipher = cipher->name;
    return {};
}

Result<void> take_pbes2(DerReader parameters, PbeScheme& scheme) {
    DerReader inner = parameters.sequence();
    const DerAlgorithm kdf = take_algorithm(inner);
    if (!inner.ok()) return inner.error(kDamaged);
    std::uint32_t key_length = 0;
    if (kdf.oid == kPbkdf2) {
        NACRE_CHECK(take_pbkdf2(kdf.parameters, scheme, key_length));
    } else if (kdf.oid == kScrypt) {
        NACRE_CHECK(take_scrypt(kdf.parameters, scheme, key_length));
    } else {
        return unsupported("key derivation of the file not supported");
    }
    NACRE_CHECK(take_cipher(inner, scheme, key_length));
    inner.end();
    if (!inner.ok()) return inner.error(kDamaged);
    return {};
}

}  // namespace

Result<PbeScheme> take_pbe_scheme(DerReader& from) {
    const DerAlgorithm algorithm = take_algorithm(from);
    if (!from.ok()) return from.error(kDamaged);
    PbeScheme scheme;
    if (algorithm.oid == kPbes2) {
        NACRE_CHECK(take_pbes2(algorithm.parameters, scheme));
        return scheme;
    }
    const OldScheme* old = find(kOldSchemes, algorithm.oid);
    if (old == nullptr) return unsupported("encryption of the key not known");
    NACRE_CHECK(take_old(*old, algorithm.parameters, scheme));
    return scheme;
}

}  // namespace nacre::detail
