#include "crypto/botan/key_rsa.hpp"

#include "crypto/botan/botan_rng.hpp"
#include "crypto/botan/guard.hpp"
#include "crypto/botan/key_base.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <botan/pubkey.h>
#include <botan/rsa.h>

namespace nacre::detail {
namespace {

constexpr std::string_view kType = "ssh-rsa";
constexpr std::string_view kAlgorithms[] = {"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"};
constexpr AlgorithmInfo kInfos[] = {
    {kAlgorithms[0], true}, {kAlgorithms[1], true}, {kAlgorithms[2], false, true}};
constexpr std::string_view kPaddings[] = {"PKCS1v15(SHA-512)", "PKCS1v15(SHA-256)",
                                          "PKCS1v15(SHA-1)"};

constexpr std::size_t kMinBits = 1024;
constexpr std::size_t kMaxBits = 16384;
constexpr std::size_t kMaxExponentBytes = 4;
constexpr std::size_t kMinNewBits = 2048;
constexpr std::size_t kNewExponent = 65537;
/// Beyond it a verification takes long enough that others should not wait for it.
constexpr std::size_t kMaxQuickBits = 4096;

/// Botan's name of the padding of `algorithm`; empty: not ours.
std::string_view padding_of(std::string_view algorithm) noexcept {
    for (std::size_t i = 0; i < std::size(kAlgorithms); ++i) {
        if (kAlgorithms[i] == algorithm) return kPaddings[i];
    }
    return {};
}

std::size_t bits_of(ByteView magnitude) noexcept {
    if (magnitude.empty()) return 0;
    std::size_t bits = 8 * (magnitude.size() - 1);
    for (unsigned top = magnitude[0]; top != 0; top >>= 1) ++bits;
    return bits;
}

/// What makes a verification dear or impossible, without computing.
bool acceptable(ByteView n, ByteView e) noexcept {
    const std::size_t bits = bits_of(n);
    if (bits < kMinBits || bits > kMaxBits || n.back() % 2 == 0) return false;
    if (e.empty() || e.size() > kMaxExponentBytes || e.back() % 2 == 0) return false;
    return bits_of(e) > 1;  // e = 1 signs everything
}

class RsaKey final : public PublicKey {
  public:
    RsaKey(ByteView blob, ByteView n, ByteView e)
        : blob_(to_bytes(blob)), key_(Botan::BigInt(n), Botan::BigInt(e)) {}

    std::string_view type() const noexcept override { return kType; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override {
        return static_cast<std::uint32_t>(key_.key_length());
    }
    std::span<const std::string_view> algorithms() const noexcept override { return kAlgorithms; }

    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        const auto padding = padding_of(algorithm);
        const auto raw = signature_data(algorithm, signature);
        if (padding.empty() || !raw || raw->empty()) return false;
        return guarded(kKeyFailed,
                       [&]() -> Result<bool> {
                           // Some signers drop leading zeros.
                           const auto s = left_padded(*raw, (key_.key_length() + 7) / 8);
                           if (!s) return false;
                           Botan::PK_Verifier verifier(key_, padding);
                           return verifier.verify_message(data, *s);
                       })
            .value_or(false);
    }

    bool costly() const noexcept override {
        return bits() > kMaxQuickBits || key_.get_e() > kNewExponent;
    }

  private:
    Bytes blob_;
    Botan::RSA_PublicKey key_;
};

class RsaSigner final : public MemorySigner {
  public:
    RsaSigner(std::shared_ptr<const PublicKey> public_key, Botan::RSA_PrivateKey key)
        : MemorySigner(std::move(public_key)), key_(std::move(key)) {}

    bool costly() const noexcept override { return true; }

  private:
    Bytes compute(ByteView data, std::string_view algorithm) const override {
        BotanRng rng(system_rng());
        Botan::PK_Signer signer(key_, rng, padding_of(algorithm));
        return signer.sign_message(data, rng);
    }
    bool proves_itself() const noexcept override { return true; }

    Botan::RSA_PrivateKey key_;
};

Bytes make_blob(ByteView n, ByteView e) {
    Bytes blob;
    Writer(blob).string(kType).mpint(e).mpint(n);
    return blob;
}

Result<std::shared_ptr<const PublicKey>> parse(std::string_view /*type*/, ByteView blob) {
    Reader reader(blob);
    reader.text();
    const auto e = reader.mpint(), n = reader.mpint();
    if (!reader.done() || !acceptable(n, e)) return kNotAKey;
    return std::shared_ptr<const PublicKey>(std::make_shared<RsaKey>(blob, n, e));
}

Result<std::shared_ptr<Signer>> make_signer(const PrivateKey& key) {
    Reader reader(key.fields.view());
    const auto n = reader.mpint(), e = reader.mpint(), d = reader.mpint();
    reader.mpint();  // iqmp: computed anew
    const auto p = reader.mpint(), q = reader.mpint();
    if (!reader.done() || !acceptable(n, e) || !same_bytes(make_blob(n, e), key.public_blob)) {
        return kKeyMismatch;
    }
    const Botan::BigInt p_number(p), q_number(q), e_number(e), d_number(d);
    if (p_number <= 2 || q_number <= 2 || p_number.is_even() || q_number.is_even() ||
        d_number.is_zero() || p_number * q_number != Botan::BigInt(n)) {
        return kKeyMismatch;
    }
    const auto one = e_number * d_number;
    if (one % (p_number - 1) != 1 || one % (q_number - 1) != 1) return kKeyMismatch;
    Botan::RSA_PrivateKey pair(p_number, q_number, e_number, d_number, Botan::BigInt(n));
    return std::shared_ptr<Signer>(std::make_shared<RsaSigner>(
        std::make_shared<RsaKey>(key.public_blob, n, e), std::move(pair)));
}

Result<PrivateKey> generate(std::string_view /*type*/, std::uint32_t bits, Rng& rng) {
    if (bits < kMinNewBits || bits > kMaxBits || bits % 8 != 0) {
        return Error{Errc::unsupported, Disconnect::none, bits,
                     "RSA keys have 2048 to 16384 bits, a multiple of 8"};
    }
    BotanRng botan_rng(rng);
    const Botan::RSA_PrivateKey pair(botan_rng, bits, kNewExponent);
    SecretBuffer fields;
    Writer writer(fields);
    for (const auto* number : {&pair.get_n(), &pair.get_e(), &pair.get_d(), &pair.get_c(),
                               &pair.get_p(), &pair.get_q()}) {
        writer.mpint(number->serialize<Botan::secure_vector<std::uint8_t>>());
    }
    const auto n = pair.get_n().serialize<Bytes>(), e = pair.get_e().serialize<Bytes>();
    return PrivateKey{std::string(kType), make_blob(n, e), SecretBytes(fields.view()), {}};
}

}  // namespace

constinit const KeyEntry kRsaEntry{kType, kInfos, parse, make_signer, generate};

}  // namespace nacre::detail
