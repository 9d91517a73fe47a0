#include "crypto/botan/key_dsa.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/key_base.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <botan/dl_group.h>
#include <botan/dsa.h>
#include <botan/numthry.h>
#include <botan/pubkey.h>

namespace nacre::detail {
namespace {

constexpr std::string_view kType = "ssh-dss";
constexpr std::string_view kAlgorithms[] = {kType};
constexpr AlgorithmInfo kInfos[] = {{kType, false, true}};
constexpr std::string_view kHash = "SHA-1";
constexpr std::size_t kBits = 1024;
constexpr std::size_t kOrderBits = 160;
constexpr std::size_t kSignatureSize = 2 * kOrderBits / 8;

/// Magnitudes, as they stand in blobs.
struct Numbers {
    explicit Numbers(Reader& reader) noexcept
        : p(reader.mpint()), q(reader.mpint()), g(reader.mpint()), y(reader.mpint()) {}
    ByteView p, q, g, y;
};

/// The sizes of FIPS 186-2, the only ones SSH has, before anything is computed.
bool acceptable(const Numbers& numbers) noexcept {
    return numbers.p.size() == kBits / 8 && numbers.p[0] >= 0x80 && numbers.p.back() % 2 == 1 &&
           numbers.q.size() == kOrderBits / 8 && numbers.q[0] >= 0x80 &&
           numbers.q.back() % 2 == 1 && !numbers.g.empty() && numbers.g.size() <= kBits / 8 &&
           !numbers.y.empty() && numbers.y.size() <= kBits / 8;
}

/// FIPS 186-4 A.2.2 and 5.3.1: g and y generate and are in the subgroup of order q. That p and q
/// are prime is not looked at: who made them up of others fools nobody but those who trust the key.
std::optional<Botan::DSA_PublicKey> public_key(const Numbers& numbers) {
    const Botan::BigInt p(numbers.p), q(numbers.q), g(numbers.g), y(numbers.y);
    const auto in_subgroup = [&](const Botan::BigInt& element) {
        return element > 1 && element < p && Botan::power_mod(element, q, p) == 1;
    };
    if ((p - 1) % q != 0 || !in_subgroup(g) || !in_subgroup(y)) return {};
    return Botan::DSA_PublicKey(Botan::DL_Group(p, q, g), y);
}

class DsaKey final : public PublicKey {
  public:
    DsaKey(ByteView blob, const Botan::DSA_PublicKey& key) : blob_(to_bytes(blob)), key_(key) {}

    std::string_view type() const noexcept override { return kType; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return kBits; }
    std::span<const std::string_view> algorithms() const noexcept override { return kAlgorithms; }
    bool costly() const noexcept override { return true; }

    //= RFC 4253 s6.6
    //# The value for 'dss_signature_blob' is encoded as a string containing r, followed by s (which
    //# are 160-bit integers, without lengths or padding, unsigned, and in network byte order).
    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        const auto raw = signature_data(algorithm, signature);
        if (algorithm != kType || !raw || raw->size() != kSignatureSize) return false;
        return guarded(kKeyFailed,
                       [&]() -> Result<bool> {
                           Botan::PK_Verifier verifier(key_, kHash);
                           return verifier.verify_message(data, *raw);
                       })
            .value_or(false);
    }

  private:
    Bytes blob_;
    Botan::DSA_PublicKey key_;
};

class DsaSigner final : public MemorySigner {
  public:
    DsaSigner(std::shared_ptr<const PublicKey> public_key, Botan::DSA_PrivateKey key)
        : MemorySigner(std::move(public_key)), key_(std::move(key)) {}

  private:
    /// The nonce is that of RFC 6979: it does not depend on the generator.
    Bytes compute(ByteView data, std::string_view /*algorithm*/) const override {
        BotanRng rng(system_rng());
        Botan::PK_Signer signer(key_, rng, kHash);
        return signer.sign_message(data, rng);
    }

    Botan::DSA_PrivateKey key_;
};

Bytes make_blob(const Numbers& numbers) {
    Bytes blob;
    Writer(blob).string(kType).mpint(numbers.p).mpint(numbers.q).mpint(numbers.g).mpint(numbers.y);
    return blob;
}

Result<std::shared_ptr<const PublicKey>> parse(std::string_view /*type*/, ByteView blob) {
    Reader reader(blob);
    reader.text();
    const Numbers numbers(reader);
    if (!reader.done() || !acceptable(numbers)) return kNotAKey;
    const auto key = public_key(numbers);
    if (!key) return kNotAKey;
    return std::shared_ptr<const PublicKey>(std::make_shared<DsaKey>(blob, *key));
}

Result<std::shared_ptr<Signer>> make_signer(const PrivateKey& key) {
    Reader reader(key.fields.view());
    const Numbers numbers(reader);
    const auto x = reader.mpint();
    if (!reader.done() || !acceptable(numbers) || x.empty() || x.size() > kOrderBits / 8 ||
        !same_bytes(make_blob(numbers), key.public_blob)) {
        return kKeyMismatch;
    }
    const auto known = public_key(numbers);
    const Botan::BigInt q(numbers.q), x_number(x);
    if (!known || x_number >= q) return kKeyMismatch;
    Botan::DSA_PrivateKey pair(
        Botan::DL_Group(Botan::BigInt(numbers.p), q, Botan::BigInt(numbers.g)), x_number);
    if (pair.get_int_field("y") != Botan::BigInt(numbers.y)) return kKeyMismatch;
    return std::shared_ptr<Signer>(std::make_shared<DsaSigner>(
        std::make_shared<DsaKey>(key.public_blob, *known), std::move(pair)));
}

Result<PrivateKey> generate(std::string_view /*type*/, std::uint32_t /*bits*/, Rng& rng) {
    BotanRng botan_rng(rng);
    const Botan::DL_Group group(botan_rng, Botan::DL_Group::DSA_Kosherizer, kBits, kOrderBits);
    const Botan::DSA_PrivateKey pair(botan_rng, group);
    Bytes blob;
    SecretBuffer fields;
    Writer blob_writer(blob);
    Writer writer(fields);
    blob_writer.string(kType);
    for (const char* name : {"p", "q", "g", "y"}) {
        const auto number = pair.get_int_field(name).serialize<Bytes>();
        blob_writer.mpint(number);
        writer.mpint(number);
    }
    writer.mpint(pair.get_int_field("x").serialize<Botan::secure_vector<std::uint8_t>>());
    return PrivateKey{std::string(kType), std::move(blob), SecretBytes(fields.view()), {}};
}

}  // namespace

constinit const KeyEntry kDsaEntry{kType, kInfos, parse, make_signer, generate};

}  // namespace nacre::detail
