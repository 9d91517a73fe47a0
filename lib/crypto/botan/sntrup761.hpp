/// \file
/// Streamlined NTRU Prime with p = 761 (NTRU Prime, round 3 submission, 2020), as SSH uses it
/// (RFC 9941). Running time and memory accesses do not depend on secrets.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/secret.hpp>

namespace nacre::detail::sntrup761 {

constexpr std::size_t kPublicSize = 1158;
constexpr std::size_t kSecretKeySize = 1763;
constexpr std::size_t kCiphertextSize = 1039;
constexpr std::size_t kSharedSize = 32;

struct KeyPair {
    Bytes public_key;        ///< kPublicSize
    SecretBytes secret_key;  ///< kSecretKeySize
};

struct Capsule {
    Bytes ciphertext;    ///< kCiphertextSize
    SecretBytes shared;  ///< kSharedSize
};

/// These three may throw std::bad_alloc or what Botan's SHA-512 throws.

KeyPair make_key_pair(Rng& rng);

/// Precondition: `public_key` has kPublicSize bytes. Every such string is a public key.
Capsule encapsulate(ByteView public_key, Rng& rng);

/// Preconditions: kCiphertextSize and kSecretKeySize bytes. A ciphertext that nobody encapsulated
/// gives a secret that nobody else can compute (implicit rejection), not an error.
SecretBytes decapsulate(ByteView ciphertext, ByteView secret_key);

}  // namespace nacre::detail::sntrup761
