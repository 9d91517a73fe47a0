/// \file
/// Finds, checks and opens packets (RFC 4253 s6) in received bytes.
#pragma once
#include "transport/receive_buffer.hpp"

#include <nacre/base/result.hpp>
#include <nacre/crypto/packet_cipher.hpp>
#include <nacre/transport/compression.hpp>
#include <nacre/transport/layer.hpp>

#include <memory>
#include <optional>

namespace nacre {

/// Before keys are in force a packet need not be larger (RFC 4253 s6.1).
constexpr std::uint32_t kMaxPacketBeforeKeys = 35000;
/// Largest packet_length accepted afterwards; OpenSSH's PACKET_MAX_SIZE.
constexpr std::uint32_t kMaxPacketLength = 256 * 1024;
/// packet_length of one payload byte and the least padding.
constexpr std::uint32_t kMinPacketLength = 1 + 1 + 4 - 1;
/// After a fault in a cipher that hides its errors this much is read, and looked at, from the
/// packet's beginning on before the session fails, so that the peer cannot tell which check failed
/// (CVE-2008-5161): as much as the longest packet with the longest tag has.
constexpr std::size_t kDiscard = 4 + kMaxPacketLength + 64;

/// One direction's keys: everything that NEWKEYS changes at once.
struct ReceiveEpoch {
    std::unique_ptr<PacketOpener> opener;
    std::optional<Decompressor> decompressor;  ///< empty: none, or not yet
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
};

class PacketReader {
  public:
    PacketReader(ReceiveBuffer& buffer, SlabShare& slabs);

    /// The next whole packet, opened, or nothing when more bytes are needed. The first error is
    /// final. A packet with the sequence number 2^32-1 is followed by 0.
    Result<std::optional<InPacket>> next();
    /// Bytes missing for the packet that is begun; at least 1.
    std::size_t missing() const noexcept { return missing_; }

    /// NEWKEYS came: all that follows is protected by `epoch`.
    void install(ReceiveEpoch epoch, bool reset_sequence);
    /// Delayed compression begins with the next packet.
    void start_compression(Decompressor d) { epoch_.decompressor = std::move(d); }
    const ReceiveEpoch& epoch() const noexcept { return epoch_; }
    /// Gives back what payloads were inflated into, unless others have parts of it.
    void release_if_unused() noexcept {
        if (inflated_.unique()) inflated_ = SlabRef();
    }
    /// The number of the next packet.
    std::uint32_t sequence() const noexcept { return sequence_; }
    /// Whether the number wrapped since the last install().
    bool wrapped() const noexcept { return wrapped_; }

  private:
    /// `looked_at`: what the opener has worked on in vain, bytes.
    Result<std::optional<InPacket>> corrupt(std::size_t looked_at);
    Result<std::optional<InPacket>> discard();
    Result<Payload> inflate(const Payload& deflated);

    ReceiveBuffer& buffer_;
    SlabShare& slabs_;
    ReceiveEpoch epoch_;
    bool keys_ = false;
    std::uint32_t sequence_ = 0;
    bool wrapped_ = false;
    std::size_t missing_ = 1;
    bool refused_ = false;  ///< a packet of a cipher that hides its errors
    std::size_t discard_left_ = 0;
    std::size_t spend_ = 0;  ///< work that is left until the error may be shown, bytes
    SlabRef inflated_;       ///< slab that inflate() fills from the front
    std::size_t inflated_used_ = 0;
};

}  // namespace nacre
