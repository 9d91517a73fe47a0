/// \file
/// The queue of outgoing packets, and their sealing at the moment the socket asks for bytes.
#pragma once
#include "base/ring.hpp"

#include <nacre/base/frame.hpp>
#include <nacre/base/random.hpp>
#include <nacre/crypto/packet_cipher.hpp>
#include <nacre/transport/compression.hpp>
#include <nacre/transport/layer.hpp>

#include <memory>
#include <optional>
#include <span>

namespace nacre {

/// One direction's keys: everything that NEWKEYS changes at once.
struct SendEpoch {
    std::unique_ptr<PacketSealer> sealer;
    std::optional<Compressor> compressor;  ///< empty: none, or not yet
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
};

/// Packets leave in this order: those of the key exchange (and DISCONNECT), urgent ones, ordered
/// ones. Between the sealing of our KEXINIT and of our NEWKEYS only the first kind leaves (RFC 4253
/// s7.1), so what is queued meanwhile gets the new keys by construction.
class PacketWriter {
  public:
    PacketWriter(FramePool& frames, Rng& rng);

    /// Bytes sent as they are, before the first packet: the identification string.
    bool push_raw(ByteView bytes) noexcept;
    void push_kex(Frame&& frame) noexcept;
    void push(Frame&& frame, Lane lane) noexcept;
    /// The keys that come into force when the next NEWKEYS is sealed (or the one after it, if there
    /// are keys that wait already).
    void set_next(SendEpoch epoch, bool reset_sequence);
    /// Delayed compression begins behind the ordered packets that are queued now.
    void start_compression(Compressor compressor) noexcept;
    /// Drops everything that is not sealed and takes no more but DISCONNECT (push_kex).
    void stop() noexcept;

    /// See Session::tx_slices. A sealing that fails ends the writer: failed().
    std::size_t slices(std::span<ConstBuf> out) noexcept;
    /// The number of bytes that freed slots; see Session::tx_consumed.
    void consumed(std::size_t n) noexcept;

    bool failed() const noexcept { return failed_; }
    bool empty() const noexcept {
        return sealed_.empty() && kex_.empty() && urgent_.empty() && ordered_.empty();
    }
    /// Whether slices() would yield something.
    bool ready() const noexcept;
    /// Bytes submitted and not yet taken by the socket, and what their slots cost, so that many
    /// tiny packets count too. 0: nothing is queued.
    std::size_t backlog() const noexcept {
        return sealed_bytes_ + urgent_.bytes() + ordered_.bytes() +
               kSlotCost * (sealed_.count() + urgent_.count() + ordered_.count());
    }
    /// What counts against the output limit: every packet that is no channel data, as windows bound
    /// the data. Were data counted, two ends that send bulk to each other could each wait for the
    /// other to read first.
    std::size_t control_backlog() const noexcept { return control_bytes_; }
    const SendEpoch& epoch() const noexcept { return epoch_; }
    /// Ordered packets sealed so far, and with those that are queued now.
    std::uint64_t ordered_sealed() const noexcept { return ordered_sealed_; }
    std::uint64_t ordered_total() const noexcept { return ordered_sealed_ + ordered_.count(); }
    std::uint32_t sequence() const noexcept { return sequence_; }
    bool wrapped() const noexcept { return wrapped_; }
    std::uint64_t bytes_out() const noexcept { return bytes_out_; }

  private:
    /// What a queued packet costs beyond its bytes.
    static constexpr std::size_t kSlotCost = 512;

    static std::size_t cost(const Frame& frame) noexcept { return frame.size() + kSlotCost; }
    bool fill() noexcept;
    bool seal(Frame&& frame) noexcept;
    bool deflate(Frame& frame) noexcept;
    Frame take_next() noexcept;

    FramePool& frames_;
    Rng& rng_;
    SendEpoch epoch_;
    struct NextEpoch {
        SendEpoch epoch;
        bool reset_sequence;
    };
    detail::Ring<NextEpoch> next_;
    bool blocked_ = false;  ///< between our KEXINIT and our NEWKEYS
    bool stopped_ = false;
    bool failed_ = false;
    std::uint32_t sequence_ = 0;
    bool wrapped_ = false;
    FrameList kex_, urgent_, ordered_, sealed_;
    std::size_t sealed_bytes_ = 0;
    std::size_t head_sent_ = 0;      ///< bytes of the first sealed frame that are sent
    std::size_t control_bytes_ = 0;  ///< of marked frames, queued or sealed
    std::optional<Compressor> delayed_;
    std::size_t delayed_after_ = 0;  ///< ordered packets that leave before it begins
    std::uint64_t ordered_sealed_ = 0;
    std::uint64_t bytes_out_ = 0;
    std::array<std::uint8_t, 256> padding_{};  ///< random bytes, used in turn
    std::size_t padding_used_ = 256;
};

}  // namespace nacre
