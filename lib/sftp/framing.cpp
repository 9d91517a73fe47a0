#include "sftp/framing.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

constexpr std::uint8_t kWrite = 6;
constexpr std::uint8_t kData = 103;
constexpr std::size_t kTypeAndId = 1 + 4;
// type, id, handle length | handle | offset, data length
constexpr std::size_t kWriteBeforeHandle = kTypeAndId + 4;
constexpr std::size_t kWriteAfterHandle = 8 + 4;
// type, id, data length: as much as comes before the handle in a WRITE
constexpr std::size_t kDataBefore = kTypeAndId + 4;
static_assert(kDataBefore == kWriteBeforeHandle);

// A request longer than this gives its memory back after use.
constexpr std::size_t kKeepCapacity = 4096;
// Pieces already used that may stay in front of the queue before it is moved up.
constexpr std::size_t kMaxUsedPieces = 64;

}  // namespace

void Message::clear() noexcept {
    if (bytes.capacity() > kKeepCapacity) {
        bytes = Bytes();
    } else {
        bytes.clear();
    }
    data.clear();
    data_apart = false;
    wire_bytes = 0;
}

void Framing::push(Payload piece) {
    if (piece.bytes.empty()) return;
    if (empty()) {
        pieces_.clear();
        head_ = 0;
    } else if (head_ > kMaxUsedPieces) {
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    pieces_.push_back(std::move(piece));
}

void Framing::settle(Message* partial) {
    if (empty() && (partial == nullptr || partial->data.empty())) return compactor_.release();
    if (front_used_ != 0) {
        Payload& front_piece = pieces_[head_];
        front_piece = front_piece.sub(front_used_, front_piece.bytes.size() - front_used_);
        front_used_ = 0;
    }
    compactor_.compact(pieces_, head_);
    if (partial != nullptr && !partial->data.empty()) compactor_.compact(partial->data, 0);
}

Result<bool> Framing::next(Message& message) {
    while (true) {
        switch (part_) {
            case Part::header: {
                const auto got = copy_to(header_ + header_have_, kHeader - header_have_);
                header_have_ += got;
                // The length is judged as soon as it is there.
                if (header_have_ >= 4) {
                    const std::size_t length = load_be32(header_);
                    if (length > max_length_) return over_limit("SFTP message too long");
                    if (length < kTypeAndId) return malformed("SFTP message shorter than its id");
                }
                if (header_have_ < kHeader) return false;
                NACRE_CHECK(begin_message(message));
                break;
            }
            case Part::body:
                rest_ -= append_to(message.bytes, rest_);
                if (rest_ != 0) return false;
                part_ = Part::header;
                header_have_ = 0;
                return true;
            case Part::write_header: {
                const auto got = append_to(message.bytes, part_rest_);
                part_rest_ -= got;
                rest_ -= got;
                if (part_rest_ != 0) return false;
                inspect_write_header(message);
                break;
            }
            case Part::write_data:
                take_data(message);
                if (part_rest_ != 0) return false;
                part_ = Part::write_rest;
                break;
            case Part::write_rest:
                while (rest_ != 0 && !empty()) {
                    const auto n = std::min(rest_, front().size());
                    rest_ -= n;
                    consume(n);
                }
                if (rest_ != 0) return false;
                part_ = Part::header;
                header_have_ = 0;
                return true;
        }
    }
}

Result<void> Framing::begin_message(Message& message) {
    const std::size_t length = load_be32(header_);
    const std::uint8_t type = header_[4];
    message.clear();
    message.wire_bytes = 4 + length;
    message.bytes.push_back(type);
    rest_ = length - 1;
    if (has_data_apart(type, length)) {
        part_ = Part::write_header;
        part_rest_ = kWriteBeforeHandle - 1;
    } else {
        part_ = Part::body;
    }
    return {};
}

bool Framing::has_data_apart(std::uint8_t type, std::size_t length) const noexcept {
    return apart_ == Apart::write
               ? type == kWrite && length >= kWriteBeforeHandle + kWriteAfterHandle
               : type == kData && length >= kDataBefore;
}

/// Called twice for a WRITE: when the length of its handle is known, and when that of its data is;
/// once for a DATA, which has no handle.
/// If either makes no sense, the whole message goes the way of all others, and the codec says so.
void Framing::inspect_write_header(Message& message) {
    const std::uint8_t* bytes = message.bytes.data();
    if (apart_ == Apart::write && message.bytes.size() == kWriteBeforeHandle) {
        const std::size_t handle = load_be32(bytes + kTypeAndId);
        if (handle > kMaxHandle || handle + kWriteAfterHandle > rest_) {
            part_ = Part::body;
        } else {
            part_rest_ = handle + kWriteAfterHandle;
        }
        return;
    }
    const std::size_t data = load_be32(bytes + message.bytes.size() - 4);
    if (data > rest_) {
        part_ = Part::body;
        return;
    }
    message.data_apart = true;
    part_ = Part::write_data;
    part_rest_ = data;
}

void Framing::take_data(Message& message) {
    while (part_rest_ != 0 && !empty()) {
        const auto n = std::min(part_rest_, front().size());
        message.data.push_back(pieces_[head_].sub(front_used_, n));
        consume(n);
        part_rest_ -= n;
        rest_ -= n;
    }
}

std::size_t Framing::copy_to(std::uint8_t* to, std::size_t most) noexcept {
    std::size_t copied = 0;
    while (copied < most && !empty()) {
        const auto from = front();
        const auto n = std::min(most - copied, from.size());
        std::memcpy(to + copied, from.data(), n);
        consume(n);
        copied += n;
    }
    return copied;
}

std::size_t Framing::append_to(Bytes& to, std::size_t most) {
    std::size_t copied = 0;
    while (copied < most && !empty()) {
        const auto part = front().first(std::min(most - copied, front().size()));
        append(to, part);
        copied += part.size();
        consume(part.size());
    }
    return copied;
}

void Framing::consume(std::size_t n) noexcept {
    front_used_ += n;
    if (front_used_ < pieces_[head_].bytes.size()) return;
    // The reference goes at once: it may be the last one to its slab.
    pieces_[head_] = Payload{};
    ++head_;
    front_used_ = 0;
}

std::size_t Framing::clear() noexcept {
    std::size_t bytes = 0;
    for (std::size_t i = head_; i < pieces_.size(); ++i) bytes += pieces_[i].bytes.size();
    bytes -= front_used_;
    pieces_.clear();
    head_ = front_used_ = 0;
    return bytes;
}

}  // namespace nacre::sftp
