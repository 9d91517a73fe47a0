#include "keys/key_parts.hpp"

#include "keys/botan_guard.hpp"
#include "keys/key_math.hpp"
#include "keys/private_fields.hpp"

#include <nacre/wire/writer.hpp>

#include <botan/asn1_obj.h>
#include <botan/bigint.h>
#include <botan/ed448.h>
#include <botan/numthry.h>

namespace nacre::detail {

namespace {

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged fields in a private key");
constexpr std::size_t kEd448 = 57;         // bytes of a seed and of a public key
constexpr std::size_t kMaxDsaBytes = 512;  // of p, so that computing y ends

Bytes dsa_public_number(const DsaParts& parts) {
    const Botan::BigInt p(parts.p);
    const Botan::BigInt y = Botan::power_mod(Botan::BigInt(parts.g), Botan::BigInt(parts.x), p);
    return y.serialize();
}

// The encoding of RFC 8410 s7 is the constructor that all Botan 3 have.
Bytes ed448_public_key(ByteView seed) {
    Botan::secure_vector<std::uint8_t> bits{0x04, kEd448};
    bits.insert(bits.end(), seed.begin(), seed.end());
    return Botan::Ed448_PrivateKey(Botan::AlgorithmIdentifier(), bits).raw_public_key_bits();
}

}  // namespace

Result<PrivateKey> dsa_private_key(const DsaParts& parts) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        if (parts.p.size() > kMaxDsaBytes || parts.x.size() > parts.p.size()) return kDamaged;
        Bytes y = to_bytes(parts.y);
        if (y.empty()) y = dsa_public_number(parts);
        SecretBuffer fields;
        Writer<SecretBuffer> writer(fields);
        writer.mpint(parts.p).mpint(parts.q).mpint(parts.g).mpint(y).mpint(parts.x);
        Reader reader(fields.view());
        return read_private_fields("ssh-dss", reader);
    });
}

Result<PrivateKey> ed448_private_key(ByteView seed, ByteView public_key) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        if (seed.size() != kEd448) return kDamaged;
        const Bytes open = public_key.empty() ? ed448_public_key(seed) : to_bytes(public_key);
        SecretBuffer both;
        both.append(seed);
        both.append(open);
        SecretBuffer fields;
        Writer<SecretBuffer>(fields).string(open).string(both.view());
        Reader reader(fields.view());
        return read_private_fields("ssh-ed448", reader);
    });
}

}  // namespace nacre::detail
