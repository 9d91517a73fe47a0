#include "nacre-keys/pkcs12_mac.hpp"

#include "keys/botan_guard.hpp"
#include "keys/pbe.hpp"
#include "keys/pkcs12_kdf.hpp"

#include <botan/mac.h>

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged MAC of a PKCS#12 file";

struct Hash {
    std::string_view oid;
    const char* botan;
    std::string_view name;
};
constexpr Hash kHashes[] = {
    {"1.3.14.3.2.26", "SHA-1", "SHA1"},
    {"2.16.840.1.101.3.4.2.4", "SHA-224", "SHA224"},
    {"2.16.840.1.101.3.4.2.1", "SHA-256", "SHA256"},
    {"2.16.840.1.101.3.4.2.2", "SHA-384", "SHA384"},
    {"2.16.840.1.101.3.4.2.3", "SHA-512", "SHA512"},
    {"2.16.840.1.101.3.4.2.6", "SHA-512-256", "SHA512-256"},
    {"1.2.840.113549.2.5", "MD5", "MD5"},
};
constexpr std::string_view kPbmac1 = "1.2.840.113549.1.5.14";

}  // namespace

Result<Pkcs12Mac> take_pkcs12_mac(DerReader& from) {
    DerReader data = from.sequence();
    DerReader digest_info = data.sequence();
    const DerAlgorithm algorithm = take_algorithm(digest_info);
    Pkcs12Mac mac;
    mac.digest = to_bytes(digest_info.octets());
    mac.salt = to_bytes(data.octets());
    if (data.more()) mac.iterations = data.number();
    digest_info.end();
    data.end();
    if (!data.ok() || mac.iterations == 0) return data.error(kDamaged);
    if (algorithm.oid == kPbmac1)
        return key_error(KeyFault::unsupported, "MAC PBMAC1 of the PKCS#12 file not supported");
    if (mac.iterations > kMaxKdfIterations || mac.salt.size() > kMaxKdfSalt)
        return key_error(KeyFault::over_limit, "too many iterations of key derivation");
    for (const Hash& hash : kHashes) {
        if (hash.oid != algorithm.oid) continue;
        mac.hash = hash.botan;
        mac.info = {{}, "PKCS12-KDF", hash.name, mac.iterations, 0, 0};
        return mac;
    }
    return key_error(KeyFault::unsupported, "hash of the PKCS#12 file's MAC not supported");
}

Result<void> check_pkcs12_mac(const Pkcs12Mac& mac, ByteView passphrase,
                              ByteView content) noexcept {
    constexpr Error kWrong =
        key_error(KeyFault::wrong_passphrase, "wrong passphrase, or the PKCS#12 file is damaged");
    return guarded(kWrong, [&]() -> Result<void> {
        const std::string hash = mac.hash;
        const auto hmac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(" + hash + ")");
        const SecretBytes key =
            derive_pkcs12({mac.hash, Pkcs12Purpose::mac, mac.salt, mac.iterations}, passphrase,
                          hmac->output_length());
        hmac->set_key(key.view());
        hmac->update(content);
        if (!hmac->verify_mac(mac.digest)) return kWrong;
        return {};
    });
}

}  // namespace nacre::detail
