#include "crypto/botan/ciphers.hpp"
#include "crypto/botan/guard.hpp"

#include <nacre/base/secret.hpp>

#include <botan/aead.h>
#include <botan/exceptn.h>

#include <algorithm>
#include <array>

namespace nacre::detail {
namespace {

constexpr std::size_t kLengthField = 4;
constexpr std::size_t kTag = 16;
constexpr std::size_t kNonce = 12;

constexpr CipherShape kShape{
    .block = 16,
    .tag = kTag,
    .length_needs = kLengthField,
    .length_outside_padding = true,
    .hide_errors = false,
    .rekey_bytes = std::uint64_t{1} << 36,
};

/// One direction: the mode and its invocation counter.
class Gcm {
  public:
    Gcm(const CipherEntry& entry, Botan::Cipher_Dir direction, const CipherKeys& keys)
        : mode_(Botan::AEAD_Mode::create_or_throw(entry.primitive, direction)) {
        if (keys.iv.size() != kNonce || mode_->tag_size() != kTag ||
            mode_->update_granularity() != 1)
            throw Botan::Invalid_State("GCM of an unexpected kind");
        std::copy(keys.iv.begin(), keys.iv.end(), nonce_.begin());
        mode_->set_key(keys.key);
        tag_.reserve(kTag);
    }

    /// Runs the whole packet through the mode, in place, and finishes with `tag_` as the last input
    /// (opening) or output (sealing). false: the nonces are used up.
    bool run(ByteSpan packet) {
        if (exhausted_) return false;
        mode_->set_associated_data(packet.first(kLengthField));
        mode_->start(nonce_);
        next_nonce();
        mode_->process(packet.subspan(kLengthField, packet.size() - kLengthField - kTag));
        mode_->finish(tag_);
        return true;
    }

    bool seal(ByteSpan packet) {
        if (packet.size() < kLengthField + kTag) return false;
        tag_.clear();
        if (!run(packet) || tag_.size() != kTag) return false;
        std::copy(tag_.begin(), tag_.end(), packet.last(kTag).begin());
        return true;
    }

    bool open(ByteSpan packet) {
        if (packet.size() < kLengthField + kTag) return false;
        tag_.assign(packet.end() - kTag, packet.end());
        return run(packet);  // throws when the tag is wrong
    }

  private:
    /// RFC 5647 s7.1: four fixed bytes, then a 64-bit counter.
    void next_nonce() noexcept {
        const std::uint64_t next = load_be64(nonce_.data() + 4) + 1;
        store_be64(nonce_.data() + 4, next);
        exhausted_ = next == 0;
    }

    std::unique_ptr<Botan::AEAD_Mode> mode_;
    std::array<std::uint8_t, kNonce> nonce_{};
    bool exhausted_ = false;
    /// Reserved once: the only memory that finish() accepts is this type's.
    Botan::secure_vector<std::uint8_t> tag_;
};

class GcmSealer final : public PacketSealer {
  public:
    GcmSealer(const CipherEntry& entry, const CipherKeys& keys)
        : gcm_(entry, Botan::Cipher_Dir::Encryption, keys) {}

    const CipherShape& shape() const noexcept override { return kShape; }
    bool seal(std::uint32_t /*seq*/, ByteSpan packet) noexcept override {
        return fuse_.run([&] { return gcm_.seal(packet); });
    }

  private:
    Gcm gcm_;
    Fuse fuse_;
};

class GcmOpener final : public PacketOpener {
  public:
    GcmOpener(const CipherEntry& entry, const CipherKeys& keys)
        : gcm_(entry, Botan::Cipher_Dir::Decryption, keys) {}

    const CipherShape& shape() const noexcept override { return kShape; }
    std::uint32_t length(std::uint32_t /*seq*/, ByteView head) noexcept override {
        return load_be32(head.data());
    }
    bool open(std::uint32_t /*seq*/, ByteSpan packet) noexcept override {
        return fuse_.run([&] { return gcm_.open(packet); });
    }

  private:
    Gcm gcm_;
    Fuse fuse_;
};

}  // namespace

std::unique_ptr<PacketSealer> make_gcm_sealer(const CipherEntry& entry, const MacEntry* /*mac*/,
                                              const CipherKeys& keys) {
    return std::make_unique<GcmSealer>(entry, keys);
}

std::unique_ptr<PacketOpener> make_gcm_opener(const CipherEntry& entry, const MacEntry* /*mac*/,
                                              const CipherKeys& keys) {
    return std::make_unique<GcmOpener>(entry, keys);
}

}  // namespace nacre::detail
