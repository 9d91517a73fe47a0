#include "public_key_work.hpp"

#include <botan/ed25519.h>
#include <botan/ml_kem.h>
#include <botan/pubkey.h>
#include <botan/system_rng.h>
#include <botan/x25519.h>

#include <memory>

namespace nacre::bench {

namespace {

constexpr auto kMlKem = Botan::ML_KEM_Mode::ML_KEM_768;
constexpr std::size_t kSecretSize = 32;
/// Of an exchange hash, and about that of what a user signs.
constexpr std::size_t kHashSize = 32;
constexpr std::size_t kSignedSize = 180;

Botan::RandomNumberGenerator& rng() {
    return Botan::system_rng();
}

/// Botan speaks by exceptions.
template <class F>
std::function<bool()> guarded(F work) {
    return [work = std::move(work)]() -> bool {
        try {
            return work();
        } catch (const std::exception&) {
            return false;
        }
    };
}

PublicKeyWork make_x25519_key() {
    return {"X25519 key", guarded([] {
                return Botan::X25519_PrivateKey(rng()).raw_public_key_bits().size() == kSecretSize;
            })};
}

PublicKeyWork agree_x25519() {
    auto ours = std::make_shared<Botan::X25519_PrivateKey>(rng());
    auto theirs = Botan::X25519_PrivateKey(rng()).raw_public_key_bits();
    return {"X25519 agreement", guarded([ours, theirs] {
                return ours->agree(theirs.data(), theirs.size()).size() == kSecretSize;
            })};
}

PublicKeyWork encapsulate() {
    auto theirs = Botan::ML_KEM_PrivateKey(rng(), kMlKem).raw_public_key_bits();
    return {"ML-KEM-768 encapsulation", guarded([theirs] {
                const Botan::ML_KEM_PublicKey key(theirs, kMlKem);
                Botan::PK_KEM_Encryptor encryptor(key, "Raw");
                return encryptor.encrypt(rng(), kSecretSize).shared_key().size() == kSecretSize;
            })};
}

PublicKeyWork sign() {
    auto key = std::make_shared<Botan::Ed25519_PrivateKey>(rng());
    return {"Ed25519 signature", guarded([key] {
                const std::vector<std::uint8_t> hash(kHashSize);
                Botan::PK_Signer signer(*key, rng(), "Pure");
                return signer.sign_message(hash, rng()).size() == 2 * kHashSize;
            })};
}

PublicKeyWork verify() {
    const Botan::Ed25519_PrivateKey key(rng());
    const std::vector<std::uint8_t> message(kSignedSize);
    Botan::PK_Signer signer(key, rng(), "Pure");
    auto signature = signer.sign_message(message, rng());
    auto point = key.raw_public_key_bits();
    return {"Ed25519 verification", guarded([message, signature, point] {
                const Botan::Ed25519_PublicKey theirs(point);
                Botan::PK_Verifier verifier(theirs, "Pure");
                return verifier.verify_message(message, signature);
            })};
}

}  // namespace

std::vector<PublicKeyWork> login_work(const std::string& kex) {
    try {
        std::vector<PublicKeyWork> work{make_x25519_key(), agree_x25519(), sign(), verify()};
        if (kex == "curve25519-sha256") return work;
        if (kex != "mlkem768x25519-sha256") return {};
        work.insert(work.begin(), encapsulate());
        return work;
    } catch (const std::exception&) {
        return {};
    }
}

}  // namespace nacre::bench
