#include "sftp/engine.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

/// What off_t holds.
constexpr std::uint64_t kMaxOffset = 0x7fff'ffff'ffff'ffff;

/// Writes `header` over the first bytes of the frames, however small these are.
void put_front(const FrameList& frames, const DataHeader& header) noexcept {
    std::size_t put = 0;
    frames.for_each([&](ByteSpan to) {
        const std::size_t n = std::min(to.size(), header.size() - put);
        if (n != 0) std::memcpy(to.data(), header.data() + put, n);
        put += n;
    });
}

/// Writes the last byte of the frames.
void put_back(const FrameList& frames, std::uint8_t byte) noexcept {
    ByteSpan last;
    frames.for_each([&](ByteSpan frame) {
        if (!frame.empty()) last = frame;
    });
    if (!last.empty()) last.back() = byte;
}

/// The frames with their first `bytes` bytes.
FrameList cut(FrameList&& frames, std::size_t bytes) noexcept {
    if (frames.bytes() == bytes) return std::move(frames);
    FrameList kept;
    while (bytes != 0) {
        Frame frame = frames.pop_front();
        const std::size_t n = std::min(bytes, frame.size());
        frame.truncate(n);
        kept.push_back(std::move(frame));
        bytes -= n;
    }
    frames.clear();
    return kept;
}

}  // namespace

void Engine::run(Slot& slot, const ReadRequest& request) {
    if (!slot.handle->flags.read) {
        answer(slot, failure(Status::permission_denied, "Not open for reading"));
        return;
    }
    const std::uint64_t offset =
        slot.handle->flags.text ? slot.handle->text_position : request.offset;
    if (offset > kMaxOffset) {
        answer(slot, failure(Status::invalid_parameter, "Offset too large"));
        return;
    }
    if (request.length == 0) {
        reply(slot, [&](Bytes& out) { append(out, data_header(slot.id, 0)); });
        return;
    }
    // Never cut for any other reason: OpenSSH's client takes a short reply as the size to ask for
    // from then on.
    const std::uint64_t length = std::min<std::uint64_t>(
        {request.length, config_.max_read_length, std::max<std::uint64_t>(kMaxOffset - offset, 1)});
    ReadBuffer buffer{port_->frames(kDataHeader + length), kDataHeader, 0};
    if (buffer.frames.empty()) {
        end({Errc::out_of_memory, Disconnect::none, 0, "no memory for SFTP data"}, 1, true);
        return;
    }
    reading_ += length;
    activate(slot, offset, offset + length);
    slot.handle->file->read(offset, std::move(buffer),
                            reply_to<ReadBuffer, &Engine::on_read>(slot));
}

void Engine::on_read(Slot& slot, Result<ReadBuffer>&& result) {
    const std::uint64_t length = slot.end - slot.begin;
    reading_ -= length;
    deactivate(slot);
    if (!result) {
        answer(slot, result.error());
        return;
    }
    const std::size_t filled = std::min<std::uint64_t>(result->filled, length);
    if (result->frames.bytes() < kDataHeader + filled) {
        answer(slot, failure(Status::failure));
        return;
    }
    if (filled == 0) {
        answer(slot, Status::eof);
        return;
    }
    slot.handle->bytes_read += filled;
    slot.handle->text_position += filled;
    // What was not filled has room for the byte behind the data that says so.
    const bool at_end = filled < length && !result->stopped;
    const std::size_t behind = codec_->has_end_of_file() && at_end ? 1 : 0;
    put_front(result->frames, data_header(slot.id, static_cast<std::uint32_t>(filled), behind));
    FrameList frames = cut(std::move(result->frames), kDataHeader + filled + behind);
    if (behind != 0) put_back(frames, 1);
    const bool submitted = replies_.give(slot.ticket, std::move(frames));
    finish(slot);
    sent(submitted);
}

}  // namespace nacre::sftp
