#include "crypto/botan/text_mac.hpp"

#include "crypto/botan/guard.hpp"

#include <nacre/base/secret.hpp>

#include <algorithm>
#include <array>

namespace nacre::detail {
namespace {

constexpr std::size_t kLengthField = 4;
constexpr std::size_t kMaxBlock = 16;
constexpr std::size_t kMaxTag = 64;

CipherShape shape_of(const CipherEntry& entry, const MacEntry& mac,
                     const TextCipher& cipher) noexcept {
    CipherShape shape;
    shape.block = entry.block;
    shape.tag = mac.tag_size;
    shape.length_needs = mac.etm ? std::uint16_t{kLengthField} : entry.block;
    shape.length_outside_padding = mac.etm;
    shape.hide_errors = !mac.etm && cipher.replays_tell();
    //= RFC 4344 s3.2
    //# Let L be the block length (in bits) of an SSH encryption method's
    //# block cipher (e.g., 128 for AES).  If L is at least 128, then, after
    //# rekeying, an SSH implementation SHOULD NOT encrypt more than 2**(L/4)
    //# blocks before rekeying again.
    //# If L is less than 128 ... it is still advisable for SSH implementations to follow the
    //# original recommendation in [RFC4253]: rekey at least once for every gigabyte of transmitted
    //# data.
    constexpr std::uint16_t kWideBlock = 16;
    shape.rekey_bytes =
        entry.block < kWideBlock ? std::uint64_t{1} << 30 : (std::uint64_t{1} << 32) * entry.block;
    return shape;
}

/// What both directions have.
struct TextMac {
    TextMac(const CipherEntry& entry, const MacEntry& mac_entry, ByteView mac_key,
            std::unique_ptr<TextCipher> text_cipher)
        : shape(shape_of(entry, mac_entry, *text_cipher)),
          etm(mac_entry.etm),
          cipher(std::move(text_cipher)),
          mac(mac_entry.make(mac_entry, mac_key)) {}

    CipherShape shape;
    bool etm;
    std::unique_ptr<TextCipher> cipher;
    std::unique_ptr<PacketMac> mac;
    Fuse fuse;
};

class TextMacSealer final : public PacketSealer {
  public:
    TextMacSealer(const CipherEntry& entry, const MacEntry& mac, ByteView mac_key,
                  std::unique_ptr<TextCipher> cipher)
        : with_(entry, mac, mac_key, std::move(cipher)) {}

    const CipherShape& shape() const noexcept override { return with_.shape; }

    bool seal(std::uint32_t seq, ByteSpan packet) noexcept override {
        return with_.fuse.run([&] {
            if (packet.size() < kLengthField + with_.shape.tag) return false;
            const ByteSpan text = packet.first(packet.size() - with_.shape.tag);
            const ByteSpan tag = packet.last(with_.shape.tag);
            if (with_.etm) {
                with_.cipher->run(text.subspan(kLengthField));
                with_.mac->compute(seq, text, tag);
            } else {
                with_.mac->compute(seq, text, tag);
                with_.cipher->run(text);
            }
            return true;
        });
    }

  private:
    TextMac with_;
};

class TextMacOpener final : public PacketOpener {
  public:
    TextMacOpener(const CipherEntry& entry, const MacEntry& mac, ByteView mac_key,
                  std::unique_ptr<TextCipher> cipher)
        : with_(entry, mac, mac_key, std::move(cipher)) {}
    ~TextMacOpener() override { wipe(first_); }

    const CipherShape& shape() const noexcept override { return with_.shape; }

    std::uint32_t length(std::uint32_t seq, ByteView head) noexcept override {
        if (with_.etm) return load_be32(head.data());
        const bool known = with_.fuse.run([&] { return decrypt_first(seq, head); });
        return known ? load_be32(first_.data()) : 0;
    }

    bool open(std::uint32_t seq, ByteSpan packet) noexcept override {
        return with_.fuse.run([&] {
            const std::size_t tag_size = with_.shape.tag;
            if (packet.size() < with_.shape.length_needs + tag_size) return false;
            const ByteSpan text = packet.first(packet.size() - tag_size);
            const ByteSpan tag = packet.last(tag_size);
            if (with_.etm) {
                if (!authentic(seq, text, tag)) return false;
                with_.cipher->run(text.subspan(kLengthField));
                return true;
            }
            if (!decrypt_first(seq, text)) return false;
            std::memcpy(text.data(), first_.data(), with_.shape.block);
            with_.cipher->run(text.subspan(with_.shape.block));
            has_first_ = false;
            return authentic(seq, text, tag);
        });
    }

    void spend(std::size_t bytes) noexcept override {
        // In pieces, as a packet may be longer than it is worth to have memory for.
        std::array<std::uint8_t, 4096> piece{};
        std::array<std::uint8_t, kMaxTag> tag;
        try {
            for (std::size_t left = bytes - bytes % with_.shape.block; left != 0;) {
                const ByteSpan text = ByteSpan(piece).first(std::min(left, piece.size()));
                with_.cipher->run(text);
                with_.mac->compute(0, text, ByteSpan(tag).first(with_.shape.tag));
                left -= text.size();
            }
        } catch (...) {
            // The session ends all the same.
        }
    }

  private:
    /// The cipher's state moves on with each block, so the first block of a packet is decrypted
    /// once and kept until open().
    bool decrypt_first(std::uint32_t seq, ByteView head) {
        if (has_first_) return seq == first_seq_;
        std::memcpy(first_.data(), head.data(), with_.shape.block);
        with_.cipher->run(ByteSpan(first_).first(with_.shape.block));
        has_first_ = true;
        first_seq_ = seq;
        return true;
    }

    bool authentic(std::uint32_t seq, ByteView text, ByteView tag) {
        std::array<std::uint8_t, kMaxTag> expected;
        const ByteSpan ours = ByteSpan(expected).first(tag.size());
        with_.mac->compute(seq, text, ours);
        const bool same = same_secret(ours, tag);
        // The right tag of a forged packet would let the peer send it again with that tag.
        wipe(ours);
        return same;
    }

    TextMac with_;
    std::array<std::uint8_t, kMaxBlock> first_{};
    std::uint32_t first_seq_ = 0;
    bool has_first_ = false;
};

}  // namespace

std::unique_ptr<PacketSealer> make_text_mac_sealer(const CipherEntry& entry, const MacEntry& mac,
                                                   ByteView mac_key,
                                                   std::unique_ptr<TextCipher> cipher) {
    return std::make_unique<TextMacSealer>(entry, mac, mac_key, std::move(cipher));
}

std::unique_ptr<PacketOpener> make_text_mac_opener(const CipherEntry& entry, const MacEntry& mac,
                                                   ByteView mac_key,
                                                   std::unique_ptr<TextCipher> cipher) {
    return std::make_unique<TextMacOpener>(entry, mac, mac_key, std::move(cipher));
}

}  // namespace nacre::detail
