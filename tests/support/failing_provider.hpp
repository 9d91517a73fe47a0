/// \file
/// A provider whose n-th operation fails: making something, and using what was made.
#pragma once
#include <nacre/crypto/provider.hpp>

namespace nacre::test {

/// Counts operations and says which one fails.
class FailurePlan {
  public:
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

    std::size_t fail_at = kNever;  ///< number of the operation that fails, from 0
    std::size_t started = 0;

    bool fails() noexcept { return started++ == fail_at; }
    bool failed() const noexcept { return started > fail_at; }
};

inline constexpr Error kInjected{Errc::crypto_failed, Disconnect::none, 0, "injected failure"};

class FailingSealer final : public PacketSealer {
  public:
    FailingSealer(std::unique_ptr<PacketSealer> inner, FailurePlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}
    const CipherShape& shape() const noexcept override { return inner_->shape(); }
    bool seal(std::uint32_t seq, ByteSpan packet) noexcept override {
        return !plan_.fails() && inner_->seal(seq, packet);
    }

  private:
    std::unique_ptr<PacketSealer> inner_;
    FailurePlan& plan_;
};

class FailingOpener final : public PacketOpener {
  public:
    FailingOpener(std::unique_ptr<PacketOpener> inner, FailurePlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}
    const CipherShape& shape() const noexcept override { return inner_->shape(); }
    std::uint32_t length(std::uint32_t seq, ByteView head) noexcept override {
        return inner_->length(seq, head);
    }
    bool open(std::uint32_t seq, ByteSpan packet) noexcept override {
        return !plan_.fails() && inner_->open(seq, packet);
    }
    void spend(std::size_t bytes) noexcept override { inner_->spend(bytes); }

  private:
    std::unique_ptr<PacketOpener> inner_;
    FailurePlan& plan_;
};

class FailingKex final : public KexMethod {
  public:
    FailingKex(std::unique_ptr<KexMethod> inner, FailurePlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}
    std::string_view hash() const noexcept override { return inner_->hash(); }
    bool costly() const noexcept override { return inner_->costly(); }
    bool expects(std::uint8_t number) const noexcept override { return inner_->expects(number); }
    Result<KexStep> start() noexcept override {
        if (plan_.fails()) return kInjected;
        return inner_->start();
    }
    Result<KexStep> step(std::uint8_t number, ByteView body) noexcept override {
        if (plan_.fails()) return kInjected;
        return inner_->step(number, body);
    }

  private:
    std::unique_ptr<KexMethod> inner_;
    FailurePlan& plan_;
};

class FailingPublicKey final : public PublicKey {
  public:
    FailingPublicKey(std::shared_ptr<const PublicKey> inner, FailurePlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}
    std::string_view type() const noexcept override { return inner_->type(); }
    ByteView blob() const noexcept override { return inner_->blob(); }
    std::uint32_t bits() const noexcept override { return inner_->bits(); }
    std::span<const std::string_view> algorithms() const noexcept override {
        return inner_->algorithms();
    }
    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        return !plan_.fails() && inner_->verify(algorithm, data, signature);
    }

  private:
    std::shared_ptr<const PublicKey> inner_;
    FailurePlan& plan_;
};

class FailingSigner final : public Signer {
  public:
    FailingSigner(std::shared_ptr<Signer> inner, FailurePlan& plan)
        : inner_(std::move(inner)), plan_(plan) {}
    ByteView public_blob() const noexcept override { return inner_->public_blob(); }
    std::string_view type() const noexcept override { return inner_->type(); }
    std::span<const std::string_view> algorithms() const noexcept override {
        return inner_->algorithms();
    }
    bool immediate() const noexcept override { return inner_->immediate(); }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        if (plan_.fails()) return reply(kInjected);
        inner_->sign(data, algorithm, std::move(reply));
    }

  private:
    std::shared_ptr<Signer> inner_;
    FailurePlan& plan_;
};

/// Lives longer than all it made.
class FailingProvider final : public Provider {
  public:
    FailingProvider(const Provider& inner, FailurePlan& plan) : inner_(inner), plan_(plan) {}

    std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept override {
        return inner_.algorithms(kind);
    }
    Result<CipherKeySizes> key_sizes(std::string_view cipher,
                                     std::string_view mac) const noexcept override {
        if (plan_.fails()) return kInjected;
        return inner_.key_sizes(cipher, mac);
    }
    Result<std::unique_ptr<PacketSealer>> sealer(std::string_view cipher, std::string_view mac,
                                                 const CipherKeys& keys) const noexcept override {
        if (plan_.fails()) return kInjected;
        NACRE_TRY(auto made, inner_.sealer(cipher, mac, keys));
        return std::unique_ptr<PacketSealer>(
            std::make_unique<FailingSealer>(std::move(made), plan_));
    }
    Result<std::unique_ptr<PacketOpener>> opener(std::string_view cipher, std::string_view mac,
                                                 const CipherKeys& keys) const noexcept override {
        if (plan_.fails()) return kInjected;
        NACRE_TRY(auto made, inner_.opener(cipher, mac, keys));
        return std::unique_ptr<PacketOpener>(
            std::make_unique<FailingOpener>(std::move(made), plan_));
    }
    Result<std::unique_ptr<KexMethod>> kex(std::string_view name,
                                           const KexContext& context) const noexcept override {
        if (plan_.fails()) return kInjected;
        NACRE_TRY(auto made, inner_.kex(name, context));
        return std::unique_ptr<KexMethod>(std::make_unique<FailingKex>(std::move(made), plan_));
    }
    Result<std::unique_ptr<Hash>> hash(std::string_view name) const noexcept override {
        if (plan_.fails()) return kInjected;
        return inner_.hash(name);
    }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept override {
        if (plan_.fails()) return kInjected;
        NACRE_TRY(auto made, inner_.public_key(blob));
        return std::shared_ptr<const PublicKey>(
            std::make_shared<FailingPublicKey>(std::move(made), plan_));
    }
    Result<std::shared_ptr<Signer>> signer(const PrivateKey& key) const noexcept override {
        if (plan_.fails()) return kInjected;
        NACRE_TRY(auto made, inner_.signer(key));
        return std::shared_ptr<Signer>(std::make_shared<FailingSigner>(std::move(made), plan_));
    }
    Result<PrivateKey> generate(std::string_view type, std::uint32_t bits,
                                Rng& rng) const noexcept override {
        if (plan_.fails()) return kInjected;
        return inner_.generate(type, bits, rng);
    }

  private:
    const Provider& inner_;
    FailurePlan& plan_;
};

}  // namespace nacre::test
