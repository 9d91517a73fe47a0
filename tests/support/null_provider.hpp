/// \file
/// Cryptography that is none: every message is there in its place, and nothing is computed.
/// Sessions over it cost microseconds, and whoever writes their packets can say what he likes.
#pragma once
#include "crypto/null_cipher.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <array>

namespace nacre::test {

/// The name of the one algorithm of each kind.
inline constexpr std::string_view kNullName = "null@test";

inline Bytes null_key_blob() {
    Bytes blob;
    Writer(blob).string(kNullName);
    return blob;
}
/// What every null key signs with, whatever it signs.
inline Bytes null_signature() {
    Bytes blob;
    Writer(blob).string(kNullName).string(std::string_view("signed"));
    return blob;
}

class NullKey final : public PublicKey {
  public:
    std::string_view type() const noexcept override { return kNullName; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return 256; }
    std::span<const std::string_view> algorithms() const noexcept override { return kNames; }
    bool verify(std::string_view, ByteView, ByteView signature) const noexcept override {
        return same_bytes(signature, signature_);
    }

  private:
    static constexpr std::string_view kNames[] = {kNullName};
    const Bytes blob_ = null_key_blob();
    const Bytes signature_ = null_signature();
};

class NullSigner final : public Signer {
  public:
    ByteView public_blob() const noexcept override { return key_.blob(); }
    std::string_view type() const noexcept override { return kNullName; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return key_.algorithms();
    }
    bool immediate() const noexcept override { return true; }
    void sign(ByteView, std::string_view, Reply<Signature> reply) override {
        reply(Signature{null_signature()});
    }

  private:
    NullKey key_;
};

/// Messages 30 (string) and 31 (K_S, string, signature), as in RFC 5656.
class NullKex final : public KexMethod {
  public:
    explicit NullKex(Role role) noexcept : role_(role) {}
    std::string_view hash() const noexcept override { return "SHA-256"; }
    bool costly() const noexcept override { return false; }
    bool expects(std::uint8_t number) const noexcept override {
        return !over_ && number == (role_ == Role::server ? 30 : 31);
    }
    Result<KexStep> start() noexcept override {
        KexStep step;
        if (role_ == Role::client) step.send = KexMessage{30, value()};
        return step;
    }
    Result<KexStep> step(std::uint8_t, ByteView body) noexcept override {
        over_ = true;
        Reader reader(body);
        KexDone done;
        if (role_ == Role::client) done.host_key = to_bytes(reader.string());
        const auto theirs = reader.string();
        if (role_ == Role::client) done.signature = to_bytes(reader.string());
        if (!reader.done())
            return Error{Errc::peer_malformed, Disconnect::key_exchange_failed, 0, "null kex"};
        append(done.hash_fields, value());
        Writer(done.hash_fields).string(theirs);
        done.shared_secret = SecretBytes(Bytes{0, 0, 0, 1, 1});
        done.reply_number = 31;
        done.reply_field = value();
        KexStep step;
        step.done = std::move(done);
        return step;
    }

  private:
    static Bytes value() {
        Bytes encoded;
        Writer(encoded).string(std::string_view("value"));
        return encoded;
    }
    const Role role_;
    bool over_ = false;
};

class NullProvider final : public Provider {
  public:
    std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept override {
        static constexpr AlgorithmInfo kPlain[] = {{kNullName, true, false, false}};
        static constexpr AlgorithmInfo kAead[] = {{kNullName, true, false, true}};
        return kind == Algorithm::cipher ? kAead : kPlain;
    }
    Result<CipherKeySizes> key_sizes(std::string_view, std::string_view) const noexcept override {
        return CipherKeySizes{};
    }
    Result<std::unique_ptr<PacketSealer>> sealer(std::string_view, std::string_view,
                                                 const CipherKeys&) const noexcept override {
        return make_null_sealer();
    }
    Result<std::unique_ptr<PacketOpener>> opener(std::string_view, std::string_view,
                                                 const CipherKeys&) const noexcept override {
        return make_null_opener();
    }
    Result<std::unique_ptr<KexMethod>> kex(std::string_view,
                                           const KexContext& context) const noexcept override {
        return std::unique_ptr<KexMethod>(std::make_unique<NullKex>(context.role));
    }
    Result<std::unique_ptr<Hash>> hash(std::string_view name) const noexcept override {
        return botan_provider().hash(name);
    }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept override {
        if (same_bytes(blob, null_key_blob()))
            return std::shared_ptr<const PublicKey>(std::make_shared<NullKey>());
        return malformed("not a null key");
    }
    Result<std::shared_ptr<Signer>> signer(const PrivateKey&) const noexcept override {
        return std::shared_ptr<Signer>(std::make_shared<NullSigner>());
    }
    Result<PrivateKey> generate(std::string_view, std::uint32_t, Rng&) const noexcept override {
        return PrivateKey{std::string(kNullName), null_key_blob(), SecretBytes(), {}};
    }
};

inline const Provider& null_provider() {
    static const NullProvider provider;
    return provider;
}

}  // namespace nacre::test
