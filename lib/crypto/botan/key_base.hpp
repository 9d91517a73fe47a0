/// \file
/// What all key types have in common.
#pragma once
#include <nacre/crypto/key.hpp>

#include <memory>
#include <optional>
#include <string_view>

namespace nacre::detail {

constexpr Error kNotAKey{Errc::peer_malformed, Disconnect::protocol_error, 0,
                         "public key blob malformed"};
constexpr Error kKeyFailed{Errc::crypto_failed, Disconnect::none, 0, "public key operation failed"};
constexpr Error kKeyMismatch{Errc::local_failed, Disconnect::none, 0,
                             "private key malformed, or its halves do not belong together"};

/// A signature blob: string algorithm, string data.
Bytes make_signature(std::string_view algorithm, ByteView data);

/// The data in a signature blob, borrowed from it; nullopt unless the blob has exactly these two
/// fields and the first is `algorithm`.
std::optional<ByteView> signature_data(std::string_view algorithm, ByteView signature) noexcept;

/// `magnitude` in exactly `width` bytes, or nullopt when it is longer.
std::optional<Bytes> left_padded(ByteView magnitude, std::size_t width);

/// A signer whose private key is in memory. Computes with what it never changes and Botan objects
/// made for one call, so sign() may run on any number of threads at a time.
class MemorySigner : public Signer {
  public:
    explicit MemorySigner(std::shared_ptr<const PublicKey> public_key) noexcept
        : public_(std::move(public_key)) {}

    ByteView public_blob() const noexcept override { return public_->blob(); }
    std::string_view type() const noexcept override { return public_->type(); }
    std::span<const std::string_view> algorithms() const noexcept override {
        return public_->algorithms();
    }
    bool immediate() const noexcept override { return true; }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override;

  protected:
    /// The data of a signature. May throw.
    virtual Bytes compute(ByteView data, std::string_view algorithm) const = 0;
    /// Whether a signature is verified before it leaves: where that is cheap, and a fault in the
    /// computation would give the private key away.
    virtual bool proves_itself() const noexcept { return false; }

  private:
    std::shared_ptr<const PublicKey> public_;
};

}  // namespace nacre::detail
