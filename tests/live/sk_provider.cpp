// A security key without hardware, for OpenSSH's client (SecurityKeyProvider): a shared library
// with the functions that OpenSSH's sk-api.h describes, version 10. The "key handle" is the private
// key itself. NACRE_SK_FLAGS in the environment, a number, replaces the flags that it signs: what
// the user of a real key does or leaves.
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/pubkey.h>
#include <botan/system_rng.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint32_t kApiVersion = 0x000a0000;
constexpr std::uint32_t kEcdsa = 0;
constexpr std::uint32_t kEd25519 = 1;
constexpr int kErrGeneral = -1;
constexpr int kErrUnsupported = -2;
constexpr std::uint32_t kCounter = 42;

using Bytes = std::vector<std::uint8_t>;

/// In memory that OpenSSH frees.
std::uint8_t* copy(std::span<const std::uint8_t> bytes, std::size_t& size) {
    auto* memory = static_cast<std::uint8_t*>(std::malloc(bytes.empty() ? 1 : bytes.size()));
    if (memory == nullptr) return nullptr;
    if (!bytes.empty()) std::memcpy(memory, bytes.data(), bytes.size());
    size = bytes.size();
    return memory;
}

void add(Bytes& to, std::span<const std::uint8_t> bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes sha256(std::span<const std::uint8_t> bytes) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(bytes);
    return hash->final_stdvec();
}

std::uint8_t flags_of(std::uint8_t asked) {
    const char* instead = std::getenv("NACRE_SK_FLAGS");
    return instead == nullptr ? asked
                              : static_cast<std::uint8_t>(std::strtoul(instead, nullptr, 0));
}

Botan::EC_Group p256() {
    return Botan::EC_Group::from_name("secp256r1");
}

}  // namespace

extern "C" {

// The layouts are those of sk-api.h.
struct sk_enroll_response {
    std::uint8_t flags;
    std::uint8_t* public_key;
    std::size_t public_key_len;
    std::uint8_t* key_handle;
    std::size_t key_handle_len;
    std::uint8_t* signature;
    std::size_t signature_len;
    std::uint8_t* attestation_cert;
    std::size_t attestation_cert_len;
    std::uint8_t* authdata;
    std::size_t authdata_len;
};

struct sk_sign_response {
    std::uint8_t flags;
    std::uint32_t counter;
    std::uint8_t* sig_r;
    std::size_t sig_r_len;
    std::uint8_t* sig_s;
    std::size_t sig_s_len;
};

struct sk_option;
struct sk_resident_key;

std::uint32_t sk_api_version(void) {
    return kApiVersion;
}

int sk_enroll(std::uint32_t alg, const std::uint8_t*, std::size_t, const char*, std::uint8_t flags,
              const char*, sk_option**, sk_enroll_response** response) try {
    auto& rng = Botan::system_rng();
    Bytes public_key, handle;
    if (alg == kEcdsa) {
        const Botan::ECDSA_PrivateKey key(rng, p256());
        public_key = key.raw_public_key_bits();
        add(handle, key.raw_private_key_bits());
    } else if (alg == kEd25519) {
        handle.resize(32);
        rng.randomize(handle);
        public_key = Botan::Ed25519_PrivateKey::from_seed(handle).raw_public_key_bits();
    } else {
        return kErrUnsupported;
    }
    auto* made = static_cast<sk_enroll_response*>(std::calloc(1, sizeof(sk_enroll_response)));
    if (made == nullptr) return kErrGeneral;
    made->flags = flags;
    made->public_key = copy(public_key, made->public_key_len);
    made->key_handle = copy(handle, made->key_handle_len);
    made->signature = copy({}, made->signature_len);
    *response = made;
    return 0;
} catch (...) {
    return kErrGeneral;
}

int sk_sign(std::uint32_t alg, const std::uint8_t* data, std::size_t data_len,
            const char* application, const std::uint8_t* key_handle, std::size_t key_handle_len,
            std::uint8_t flags, const char*, sk_option**, sk_sign_response** response) try {
    auto& rng = Botan::system_rng();
    const std::span<const std::uint8_t> handle(key_handle, key_handle_len);
    const std::string_view name(application);
    flags = flags_of(flags);
    Bytes text = sha256({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
    text.push_back(flags);
    add(text, Bytes{0, 0, 0, kCounter});
    add(text, sha256({data, data_len}));

    auto* made = static_cast<sk_sign_response*>(std::calloc(1, sizeof(sk_sign_response)));
    if (made == nullptr) return kErrGeneral;
    made->flags = flags;
    made->counter = kCounter;
    *response = made;
    if (alg == kEcdsa) {
        const auto scalar = Botan::EC_Scalar::deserialize(p256(), handle);
        if (!scalar) return kErrGeneral;
        const Botan::ECDSA_PrivateKey key(p256(), *scalar);
        const auto signature = Botan::PK_Signer(key, rng, "SHA-256").sign_message(text, rng);
        const std::span<const std::uint8_t> both(signature);
        made->sig_r = copy(both.first(32), made->sig_r_len);
        made->sig_s = copy(both.last(32), made->sig_s_len);
        return 0;
    }
    if (alg != kEd25519) return kErrUnsupported;
    const auto key = Botan::Ed25519_PrivateKey::from_seed(handle);
    const auto signature = Botan::PK_Signer(key, rng, "Pure").sign_message(text, rng);
    made->sig_r = copy(signature, made->sig_r_len);
    return 0;
} catch (...) {
    return kErrGeneral;
}

int sk_load_resident_keys(const char*, sk_option**, sk_resident_key***, std::size_t*) {
    return kErrUnsupported;
}

}  // extern "C"
