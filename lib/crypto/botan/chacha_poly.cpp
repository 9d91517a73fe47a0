#include "crypto/botan/ciphers.hpp"
#include "crypto/botan/guard.hpp"

#include <nacre/base/secret.hpp>

#include <botan/mac.h>
#include <botan/stream_cipher.h>

#include <array>
#include <optional>

namespace nacre::detail {
namespace {

constexpr std::size_t kLengthField = 4;
constexpr std::size_t kTag = 16;
constexpr std::size_t kKey = 32;
constexpr std::size_t kChaChaBlock = 64;

constexpr CipherShape kShape{
    .block = 8,
    .tag = kTag,
    .length_needs = kLengthField,
    .length_outside_padding = true,
    .hide_errors = false,
    .rekey_bytes = std::uint64_t{1} << 30,
};

using LengthField = std::array<std::uint8_t, kLengthField>;

/// Two ChaCha20 with 64-bit nonce and counter, and Poly1305 under a key of its own per packet.
class ChaChaPoly {
  public:
    ChaChaPoly(const CipherEntry& entry, const CipherKeys& keys)
        : body_(Botan::StreamCipher::create_or_throw(entry.primitive)),
          length_(Botan::StreamCipher::create_or_throw(entry.primitive)),
          poly_(Botan::MessageAuthenticationCode::create_or_throw("Poly1305")) {
        body_->set_key(keys.key.first(kKey));
        length_->set_key(keys.key.last(kKey));
    }

    /// Positions the body's key stream at block 1 and keys Poly1305 from block 0.
    void start(std::uint32_t seq) {
        const auto nonce = nonce_of(seq);
        body_->set_iv(nonce);
        std::array<std::uint8_t, kChaChaBlock> block;
        body_->write_keystream(block);
        poly_->set_key(ByteView(block).first(kKey));
        wipe(block);
    }

    void crypt_body(ByteSpan body) { body_->cipher1(body); }

    void crypt_length(std::uint32_t seq, ByteSpan field) {
        const auto nonce = nonce_of(seq);
        length_->set_iv(nonce);
        length_->cipher1(field);
    }

    /// The tag over encrypted length and body.
    void authenticate(ByteView sealed, ByteSpan tag) {
        poly_->update(sealed);
        poly_->final(tag);
    }

  private:
    static std::array<std::uint8_t, 8> nonce_of(std::uint32_t seq) noexcept {
        std::array<std::uint8_t, 8> nonce;
        store_be64(nonce.data(), seq);
        return nonce;
    }

    std::unique_ptr<Botan::StreamCipher> body_;
    std::unique_ptr<Botan::StreamCipher> length_;
    std::unique_ptr<Botan::MessageAuthenticationCode> poly_;
};

class ChaChaPolySealer final : public PacketSealer {
  public:
    ChaChaPolySealer(const CipherEntry& entry, const CipherKeys& keys) : cipher_(entry, keys) {}

    const CipherShape& shape() const noexcept override { return kShape; }

    bool seal(std::uint32_t seq, ByteSpan packet) noexcept override {
        return fuse_.run([&] {
            if (packet.size() < kLengthField + kTag) return false;
            // The nonce is the sequence number: should that ever come round to where this epoch
            // began, it would be used twice.
            if (first_seq_ && *first_seq_ == seq) return false;
            if (!first_seq_) first_seq_ = seq;
            cipher_.start(seq);
            cipher_.crypt_length(seq, packet.first(kLengthField));
            const ByteSpan sealed = packet.first(packet.size() - kTag);
            cipher_.crypt_body(sealed.subspan(kLengthField));
            cipher_.authenticate(sealed, packet.last(kTag));
            return true;
        });
    }

  private:
    ChaChaPoly cipher_;
    Fuse fuse_;
    std::optional<std::uint32_t> first_seq_;
};

class ChaChaPolyOpener final : public PacketOpener {
  public:
    ChaChaPolyOpener(const CipherEntry& entry, const CipherKeys& keys) : cipher_(entry, keys) {}

    const CipherShape& shape() const noexcept override { return kShape; }

    std::uint32_t length(std::uint32_t seq, ByteView head) noexcept override {
        const bool known = fuse_.run([&] {
            decrypt_length(seq, head);
            return true;
        });
        return known ? load_be32(clear_length_.data()) : 0;
    }

    bool open(std::uint32_t seq, ByteSpan packet) noexcept override {
        return fuse_.run([&] {
            if (packet.size() < kLengthField + kTag) return false;
            const ByteSpan sealed = packet.first(packet.size() - kTag);
            cipher_.start(seq);
            std::array<std::uint8_t, kTag> expected;
            cipher_.authenticate(sealed, expected);
            const bool same = same_secret(expected, packet.last(kTag));
            wipe(expected);
            if (!same) return false;
            decrypt_length(seq, sealed);
            std::memcpy(sealed.data(), clear_length_.data(), kLengthField);
            cipher_.crypt_body(sealed.subspan(kLengthField));
            return true;
        });
    }

  private:
    /// Kept from length() to open(): a key stream for four bytes costs as much as one for hundreds.
    void decrypt_length(std::uint32_t seq, ByteView head) {
        if (length_seq_ == seq && same_bytes(sealed_length_, head.first(kLengthField))) return;
        std::memcpy(sealed_length_.data(), head.data(), kLengthField);
        clear_length_ = sealed_length_;
        cipher_.crypt_length(seq, clear_length_);
        length_seq_ = seq;
    }

    ChaChaPoly cipher_;
    Fuse fuse_;
    std::optional<std::uint32_t> length_seq_;
    LengthField sealed_length_{};
    LengthField clear_length_{};
};

}  // namespace

std::unique_ptr<PacketSealer> make_chacha_poly_sealer(const CipherEntry& entry,
                                                      const MacEntry* /*mac*/,
                                                      const CipherKeys& keys) {
    return std::make_unique<ChaChaPolySealer>(entry, keys);
}

std::unique_ptr<PacketOpener> make_chacha_poly_opener(const CipherEntry& entry,
                                                      const MacEntry* /*mac*/,
                                                      const CipherKeys& keys) {
    return std::make_unique<ChaChaPolyOpener>(entry, keys);
}

}  // namespace nacre::detail
