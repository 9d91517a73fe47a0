#include "crypto/botan/ciphers.hpp"
#include "crypto/botan/guard.hpp"

#include <nacre/base/secret.hpp>

#include <botan/stream_cipher.h>

#include <array>

namespace nacre::detail {
namespace {

constexpr std::size_t kLengthField = 4;
constexpr std::size_t kMaxBlock = 16;
constexpr std::size_t kMaxTag = 64;

CipherShape shape_of(const CipherEntry& entry, const MacEntry& mac) noexcept {
    CipherShape shape;
    shape.block = entry.block;
    shape.tag = mac.tag_size;
    shape.length_needs = mac.etm ? std::uint16_t{kLengthField} : entry.block;
    shape.length_outside_padding = mac.etm;
    shape.hide_errors = !mac.etm;
    //= RFC 4344 s3.2
    //# Let L be the block length (in bits) of an SSH encryption method's
    //# block cipher (e.g., 128 for AES).  If L is at least 128, then, after
    //# rekeying, an SSH implementation SHOULD NOT encrypt more than 2**(L/4)
    //# blocks before rekeying again.
    shape.rekey_bytes = (std::uint64_t{1} << 32) * entry.block;
    return shape;
}

/// What both directions have.
struct StreamMac {
    StreamMac(const CipherEntry& entry, const MacEntry& mac_entry, const CipherKeys& keys)
        : shape(shape_of(entry, mac_entry)),
          etm(mac_entry.etm),
          cipher(Botan::StreamCipher::create_or_throw(entry.primitive)),
          mac(mac_entry.make(mac_entry, keys.mac_key)) {
        cipher->set_key(keys.key);
        cipher->set_iv(keys.iv);
    }

    CipherShape shape;
    bool etm;
    std::unique_ptr<Botan::StreamCipher> cipher;
    std::unique_ptr<PacketMac> mac;
    Fuse fuse;
};

class StreamMacSealer final : public PacketSealer {
  public:
    StreamMacSealer(const CipherEntry& entry, const MacEntry& mac, const CipherKeys& keys)
        : with_(entry, mac, keys) {}

    const CipherShape& shape() const noexcept override { return with_.shape; }

    bool seal(std::uint32_t seq, ByteSpan packet) noexcept override {
        return with_.fuse.run([&] {
            if (packet.size() < kLengthField + with_.shape.tag) return false;
            const ByteSpan text = packet.first(packet.size() - with_.shape.tag);
            const ByteSpan tag = packet.last(with_.shape.tag);
            if (with_.etm) {
                with_.cipher->cipher1(text.subspan(kLengthField));
                with_.mac->compute(seq, text, tag);
            } else {
                with_.mac->compute(seq, text, tag);
                with_.cipher->cipher1(text);
            }
            return true;
        });
    }

  private:
    StreamMac with_;
};

class StreamMacOpener final : public PacketOpener {
  public:
    StreamMacOpener(const CipherEntry& entry, const MacEntry& mac, const CipherKeys& keys)
        : with_(entry, mac, keys) {}
    ~StreamMacOpener() override { wipe(first_); }

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
                with_.cipher->cipher1(text.subspan(kLengthField));
                return true;
            }
            if (!decrypt_first(seq, text)) return false;
            std::memcpy(text.data(), first_.data(), with_.shape.block);
            with_.cipher->cipher1(text.subspan(with_.shape.block));
            has_first_ = false;
            return authentic(seq, text, tag);
        });
    }

  private:
    /// The cipher's state moves on with each block, so the first block of a packet is decrypted
    /// once and kept until open().
    bool decrypt_first(std::uint32_t seq, ByteView head) {
        if (has_first_) return seq == first_seq_;
        std::memcpy(first_.data(), head.data(), with_.shape.block);
        with_.cipher->cipher1(ByteSpan(first_).first(with_.shape.block));
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

    StreamMac with_;
    std::array<std::uint8_t, kMaxBlock> first_{};
    std::uint32_t first_seq_ = 0;
    bool has_first_ = false;
};

}  // namespace

std::unique_ptr<PacketSealer> make_stream_mac_sealer(const CipherEntry& entry, const MacEntry* mac,
                                                     const CipherKeys& keys) {
    return std::make_unique<StreamMacSealer>(entry, *mac, keys);
}

std::unique_ptr<PacketOpener> make_stream_mac_opener(const CipherEntry& entry, const MacEntry* mac,
                                                     const CipherKeys& keys) {
    return std::make_unique<StreamMacOpener>(entry, *mac, keys);
}

}  // namespace nacre::detail
