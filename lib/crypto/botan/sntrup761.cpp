#include "crypto/botan/sntrup761.hpp"

#include "crypto/botan/sntrup761_code.hpp"

#include <botan/hash.h>

#include <initializer_list>

namespace nacre::detail::sntrup761 {
namespace {

constexpr std::size_t kHashSize = 32;
static_assert(kPublicSize == kRqSize);
static_assert(kCiphertextSize == kRoundedSize + kHashSize);
static_assert(kSecretKeySize == 3 * kSmallSize + kPublicSize + kHashSize);

using Digest = Wiped<std::uint8_t, kHashSize>;

/// The first half of SHA-512 over one byte that says what is hashed, and `parts`.
Digest hash(std::uint8_t prefix, std::initializer_list<ByteView> parts) {
    const auto sha = Botan::HashFunction::create_or_throw("SHA-512");
    sha->update(prefix);
    for (const auto part : parts) sha->update(part);
    Wiped<std::uint8_t, 64> full;
    sha->final(std::span<std::uint8_t>(full));
    Digest half;
    std::memcpy(half.data(), full.data(), half.size());
    return half;
}

Digest hash_of_public_key(ByteView public_key) {
    return hash(4, {public_key});
}

/// The ciphertext that `r` and nothing else gives: the rounded product with the public key, and a
/// hash that confirms `r`.
void hide(ByteSpan ciphertext, const Small& r, ByteView r_encoded, ByteView public_key,
          ByteView public_hash) {
    Rq h, c;
    decode_rq(h, public_key);
    multiply(c, h, r);
    round_to_3(c);
    encode_rounded(ciphertext.first(kRoundedSize), c);
    const Digest confirm = hash(2, {hash(3, {r_encoded}), public_hash});
    std::memcpy(ciphertext.data() + kRoundedSize, confirm.data(), kHashSize);
}

/// `accepted` is 1, or 0 for the secret of a rejected ciphertext.
SecretBytes session_key(std::uint8_t accepted, ByteView r_encoded, ByteView ciphertext) {
    return SecretBytes(ByteView(hash(accepted, {hash(3, {r_encoded}), ciphertext})));
}

/// The r that `rounded` hides, or a fixed polynomial of the right weight when it hides none.
void recover(Small& r, ByteView rounded, const Small& f, const Small& g_inverse) {
    Rq c, cf;
    decode_rounded(c, rounded);
    multiply(cf, c, f);
    Small e, ev;
    for (std::size_t i = 0; i < kP; ++i) e[i] = reduce_3(reduce_q(3 * cf[i]));
    multiply(ev, e, g_inverse);
    const auto wrong = wrong_weight_mask(ev);
    for (std::size_t i = 0; i < kP; ++i) {
        const auto found = static_cast<std::uint32_t>(std::int32_t{ev[i]});
        const std::uint32_t fixed = i < kWeight ? 1 : 0;
        r[i] = static_cast<std::int8_t>((found & ~wrong) | (fixed & wrong));
    }
}

}  // namespace

KeyPair make_key_pair(Rng& rng) {
    Small g, g_inverse, f;
    // About one in three is not invertible. That is all the time tells, of polynomials that are not
    // used.
    do {
        random_small(g, rng);
    } while (!invert(g_inverse, g));
    random_short(f, rng);
    Rq f_inverse, h;
    invert_thrice(f_inverse, f);
    multiply(h, f_inverse, g);

    KeyPair pair{Bytes(kPublicSize), SecretBytes(kSecretKeySize)};
    encode_rq(pair.public_key, h);
    auto rest = pair.secret_key.span();
    const auto next = [&rest](std::size_t size) {
        const auto taken = rest.first(size);
        rest = rest.subspan(size);
        return taken;
    };
    encode_small(next(kSmallSize), f);
    encode_small(next(kSmallSize), g_inverse);
    std::memcpy(next(kPublicSize).data(), pair.public_key.data(), kPublicSize);
    rng.fill(next(kSmallSize));
    const Digest public_hash = hash_of_public_key(pair.public_key);
    std::memcpy(next(kHashSize).data(), public_hash.data(), kHashSize);
    return pair;
}

Capsule encapsulate(ByteView public_key, Rng& rng) {
    Small r;
    random_short(r, rng);
    Wiped<std::uint8_t, kSmallSize> r_encoded;
    encode_small(r_encoded, r);
    Capsule capsule{Bytes(kCiphertextSize), {}};
    hide(capsule.ciphertext, r, r_encoded, public_key, hash_of_public_key(public_key));
    capsule.shared = session_key(1, r_encoded, capsule.ciphertext);
    return capsule;
}

SecretBytes decapsulate(ByteView ciphertext, ByteView secret_key) {
    const auto public_key = secret_key.subspan(2 * kSmallSize, kPublicSize);
    const auto reject_secret = secret_key.subspan(2 * kSmallSize + kPublicSize, kSmallSize);
    const auto public_hash = secret_key.last(kHashSize);
    Small f, g_inverse, r;
    decode_small(f, secret_key.first(kSmallSize));
    decode_small(g_inverse, secret_key.subspan(kSmallSize, kSmallSize));
    recover(r, ciphertext.first(kRoundedSize), f, g_inverse);

    Wiped<std::uint8_t, kSmallSize> r_encoded;
    encode_small(r_encoded, r);
    Wiped<std::uint8_t, kCiphertextSize> again;
    hide(again, r, r_encoded, public_key, public_hash);
    std::uint32_t difference = 0;
    for (std::size_t i = 0; i < kCiphertextSize; ++i) {
        difference |= static_cast<std::uint32_t>(again[i] ^ ciphertext[i]);
    }
    const auto rejected = nonzero_mask(difference);
    for (std::size_t i = 0; i < kSmallSize; ++i) {
        const auto change = static_cast<std::uint32_t>(r_encoded[i] ^ reject_secret[i]) & rejected;
        r_encoded[i] = static_cast<std::uint8_t>(r_encoded[i] ^ change);
    }
    return session_key(static_cast<std::uint8_t>(1 + rejected), r_encoded, ciphertext);
}

}  // namespace nacre::detail::sntrup761
