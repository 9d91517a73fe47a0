#include "transport/packet_writer.hpp"

#include "crypto/null_cipher.hpp"

#include <nacre/wire/numbers.hpp>

#include <algorithm>

namespace nacre {

namespace {

constexpr std::size_t kLengthField = 4;
constexpr std::size_t kMinPadding = 4;
constexpr std::size_t kMinPacket = 16;
/// Sealed at most per call, so that a slow peer never makes us encrypt what cannot be sent.
constexpr std::size_t kSealAhead = 1024 * 1024;

bool channel_data(std::uint8_t number) noexcept {
    return number == msg::channel_data || number == msg::channel_extended_data;
}

std::size_t padding_for(std::size_t payload, const CipherShape& shape) noexcept {
    const std::size_t fixed = (shape.length_outside_padding ? 0 : kLengthField) + 1 + payload;
    std::size_t padding = shape.block - fixed % shape.block;
    if (padding < kMinPadding) padding += shape.block;
    while (kLengthField + 1 + payload + padding < kMinPacket) padding += shape.block;
    return padding;
}

}  // namespace

PacketWriter::PacketWriter(FramePool& frames, Rng& rng) : frames_(frames), rng_(rng) {
    epoch_.sealer = make_null_sealer();
}

bool PacketWriter::push_raw(ByteView bytes) noexcept {
    Frame frame = frames_.take(bytes.size());
    if (!frame) return false;
    std::memcpy(frame.append(bytes.size()).data(), bytes.data(), bytes.size());
    sealed_bytes_ += bytes.size();
    sealed_.push_back(std::move(frame));
    return true;
}

void PacketWriter::push_kex(Frame&& frame) noexcept {
    kex_.push_back(std::move(frame));
}

void PacketWriter::push(Frame&& frame, Lane lane) noexcept {
    if (stopped_) {
        Frame dropped = std::move(frame);
        return;
    }
    if (!channel_data(frame.payload()[0])) {
        frame.mark(true);
        control_bytes_ += cost(frame);
    }
    (lane == Lane::urgent ? urgent_ : ordered_).push_back(std::move(frame));
}

void PacketWriter::set_next(SendEpoch epoch, bool reset_sequence) {
    next_.push_back({std::move(epoch), reset_sequence});
}

void PacketWriter::start_compression(Compressor compressor) noexcept {
    delayed_ = std::move(compressor);
    delayed_after_ = ordered_.count();
    if (delayed_after_ == 0) epoch_.compressor = std::exchange(delayed_, {});
}

void PacketWriter::stop() noexcept {
    stopped_ = true;
    FrameList* const queues[] = {&urgent_, &ordered_, &kex_};
    for (FrameList* queue : queues) {
        while (const Frame frame = queue->pop_front())
            if (frame.marked()) control_bytes_ -= cost(frame);
    }
}

bool PacketWriter::ready() const noexcept {
    return !failed_ && (!sealed_.empty() || !kex_.empty() ||
                        (!blocked_ && (!urgent_.empty() || !ordered_.empty())));
}

Frame PacketWriter::take_next() noexcept {
    if (!kex_.empty()) return kex_.pop_front();
    if (blocked_) return {};
    return urgent_.empty() ? ordered_.pop_front() : urgent_.pop_front();
}

std::size_t PacketWriter::slices(std::span<ConstBuf> out) noexcept {
    // A failed seal may have left plaintext in memory that looks like output: nothing leaves.
    if (failed_) return 0;
    while (sealed_.count() < out.size() && sealed_bytes_ < kSealAhead && fill()) {
    }
    if (failed_) return 0;
    std::size_t used = 0;
    std::size_t skip = head_sent_;
    sealed_.for_each([&](ByteSpan bytes) {
        if (used < out.size()) out[used++] = {bytes.data() + skip, bytes.size() - skip};
        skip = 0;
    });
    return used;
}

bool PacketWriter::fill() noexcept {
    const bool ordered = kex_.empty() && urgent_.empty();
    Frame frame = take_next();
    if (!frame) return false;
    const std::uint8_t number = frame.payload()[0];
    if (!seal(std::move(frame))) {
        failed_ = true;
        sealed_.clear();
        sealed_bytes_ = 0;
        stop();
        return false;
    }
    if (ordered) ++ordered_sealed_;
    if (number == msg::kexinit) blocked_ = true;
    if (number == msg::newkeys && !next_.empty()) {
        epoch_ = std::move(next_.front().epoch);
        if (next_.front().reset_sequence) sequence_ = 0;
        next_.pop_front();
        // USERAUTH_SUCCESS has not left yet: what follows it is compressed, not what follows
        // NEWKEYS.
        if (delayed_ && epoch_.compressor) delayed_ = std::exchange(epoch_.compressor, {});
        wrapped_ = false;
        blocked_ = false;
    }
    if (delayed_ && ordered && --delayed_after_ == 0)
        epoch_.compressor = std::exchange(delayed_, {});
    return true;
}

bool PacketWriter::deflate(Frame& frame) noexcept {
    Frame packed = frames_.take(Compressor::bound(frame.size()));
    if (!packed || !epoch_.compressor->compress(frame.payload(), packed)) return false;
    frame = std::move(packed);
    return true;
}

bool PacketWriter::seal(Frame&& given) noexcept {
    Frame frame = std::move(given);
    const bool control = frame.marked();
    if (control) control_bytes_ -= cost(frame);
    if (epoch_.compressor && !deflate(frame)) return false;
    const CipherShape& shape = epoch_.sealer->shape();
    const std::size_t payload = frame.size();
    const std::size_t padding = padding_for(payload, shape);

    const ByteSpan header = frame.prepend(kLengthField + 1);
    store_be32(header.data(), static_cast<std::uint32_t>(1 + payload + padding));
    header[kLengthField] = static_cast<std::uint8_t>(padding);
    //= RFC 4253 s6
    //# The padding SHOULD consist of random bytes.
    if (padding_used_ + padding > padding_.size()) {
        rng_.fill(padding_);
        padding_used_ = 0;
    }
    std::memcpy(frame.append_tail(padding).data(), padding_.data() + padding_used_, padding);
    padding_used_ += padding;
    frame.append_tail(shape.tag);

    if (!epoch_.sealer->seal(sequence_, frame.payload())) return false;
    if (++sequence_ == 0) wrapped_ = true;
    epoch_.bytes += frame.size();
    ++epoch_.packets;
    sealed_bytes_ += frame.size();
    if (control) control_bytes_ += cost(frame);
    frame.mark(control);
    sealed_.push_back(std::move(frame));
    return true;
}

void PacketWriter::consumed(std::size_t n) noexcept {
    bytes_out_ += n;
    sealed_bytes_ -= std::min(n, sealed_bytes_);
    n += head_sent_;
    while (!sealed_.empty() && n >= sealed_.front().size()) {
        n -= sealed_.front().size();
        const Frame sent = sealed_.pop_front();
        if (sent.marked()) control_bytes_ -= cost(sent);
    }
    head_sent_ = n;
}

}  // namespace nacre
