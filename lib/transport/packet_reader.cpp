#include "transport/packet_reader.hpp"

#include "crypto/null_cipher.hpp"

#include <algorithm>
#include <utility>

namespace nacre {

namespace {

constexpr std::size_t kLengthField = 4;

// One error for every fault of length, padding or tag: which check failed is nobody's business.
constexpr Error kCorrupt{Errc::peer_malformed, Disconnect::mac_error, 0, "packet corrupt"};

bool plausible(std::uint32_t length, const CipherShape& shape, std::uint32_t max) noexcept {
    const std::uint64_t aligned =
        shape.length_outside_padding ? length : std::uint64_t{length} + kLengthField;
    return length >= kMinPacketLength && length <= max && aligned % shape.block == 0;
}

}  // namespace

PacketReader::PacketReader(ReceiveBuffer& buffer, SlabShare& slabs)
    : buffer_(buffer), slabs_(slabs) {
    epoch_.opener = make_null_opener();
}

void PacketReader::install(ReceiveEpoch epoch, bool reset_sequence) {
    epoch_ = std::move(epoch);
    keys_ = true;
    wrapped_ = false;
    if (reset_sequence) sequence_ = 0;
}

Result<std::optional<InPacket>> PacketReader::next() {
    if (refused_) return discard();
    const CipherShape& shape = epoch_.opener->shape();
    const ByteSpan pending = buffer_.pending();
    if (pending.size() < shape.length_needs) {
        missing_ = shape.length_needs - pending.size();
        return std::optional<InPacket>{};
    }
    const std::uint32_t length = epoch_.opener->length(sequence_, pending);
    const std::uint32_t max = keys_ ? kMaxPacketLength : kMaxPacketBeforeKeys;
    if (!plausible(length, shape, max)) return corrupt(0);
    const std::size_t total = kLengthField + length + shape.tag;
    if (pending.size() < total) {
        missing_ = total - pending.size();
        return std::optional<InPacket>{};
    }
    missing_ = 1;
    if (!epoch_.opener->open(sequence_, pending.first(total))) return corrupt(total);
    const std::uint32_t padding = pending[kLengthField];
    //= RFC 4253 s6
    //# There MUST be at least four bytes of padding.
    if (padding < 4 || padding + 1 >= length) return corrupt(total);

    Payload payload{pending.subspan(kLengthField + 1, length - padding - 1), buffer_.slab()};
    buffer_.consume(total);
    if (epoch_.decompressor) {
        NACRE_TRY(payload, inflate(payload));
    }
    InPacket packet;
    packet.seq = sequence_;
    packet.number = payload.bytes[0];
    packet.body = payload.sub(1, payload.bytes.size() - 1);
    epoch_.bytes += total;
    ++epoch_.packets;
    if (++sequence_ == 0) wrapped_ = true;
    return std::optional<InPacket>{std::move(packet)};
}

Result<std::optional<InPacket>> PacketReader::corrupt(std::size_t looked_at) {
    if (!epoch_.opener->shape().hide_errors)
        return keys_ ? kCorrupt : malformed("bad packet length or padding before key exchange");
    refused_ = true;
    discard_left_ = kDiscard;
    spend_ = kDiscard - looked_at;
    return discard();
}

Result<std::optional<InPacket>> PacketReader::discard() {
    const std::size_t swallowed = std::min(buffer_.pending().size(), discard_left_);
    buffer_.consume(swallowed);
    discard_left_ -= swallowed;
    if (discard_left_ == 0) {
        epoch_.opener->spend(std::exchange(spend_, 0));
        return kCorrupt;
    }
    missing_ = 1;
    return std::optional<InPacket>{};
}

Result<Payload> PacketReader::inflate(const Payload& deflated) {
    // Payloads go side by side into one slab; a full one is left to those who still hold its parts.
    if (inflated_ && inflated_.unique()) inflated_used_ = 0;
    if (!inflated_ || inflated_.memory().size() - inflated_used_ < kMaxPacketLength) {
        inflated_ = slabs_.take(kMaxPacketLength);
        inflated_used_ = 0;
        if (!inflated_)
            return Error{Errc::out_of_memory, Disconnect::none, 0, "no memory to inflate"};
    }
    const ByteSpan out = inflated_.memory().subspan(inflated_used_, kMaxPacketLength);
    NACRE_TRY(const std::size_t size, epoch_.decompressor->decompress(deflated.bytes, out));
    if (size == 0)
        return Error{Errc::peer_malformed, Disconnect::compression_error, 0, "empty payload"};
    Payload payload{out.first(size), inflated_};
    inflated_used_ += size;
    if (inflated_used_ + kMaxPacketLength > inflated_.memory().size()) inflated_ = SlabRef();
    return payload;
}

}  // namespace nacre
