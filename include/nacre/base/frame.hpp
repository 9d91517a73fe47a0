/// \file
/// One outgoing packet in one slot of a pool, with room in front for every header and behind for
/// padding and tag, so that a packet is built and sealed without being moved.
#pragma once
#include <nacre/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace nacre {

namespace detail {
struct FramePoolState;
struct FrameSlot {
    FramePoolState* pool;
    FrameSlot* next;
    std::uint32_t capacity;  // bytes of memory behind this header
    std::uint32_t begin;     // payload is memory[begin, end)
    std::uint32_t end;
    std::uint8_t size_class;
    bool wipe;
    bool marked;
    std::uint8_t* memory() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
};
void give_back(FrameSlot* slot) noexcept;
}  // namespace detail

/// Move-only owner of a slot; its destructor gives the slot back. One thread.
class Frame {
  public:
    /// packet_length + padding_length (5), CHANNEL_DATA (9), SFTP DATA (13), and spare.
    static constexpr std::size_t kHeadroom = 64;
    /// Least padding that aligns (at most 19 bytes for 16-byte blocks) and a tag of 64 bytes.
    static constexpr std::size_t kTailroom = 128;

    Frame() noexcept = default;
    Frame(Frame&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
    /// Gives back what it owned; `other` is empty after it.
    Frame& operator=(Frame&& other) noexcept {
        Frame taken(std::move(other));
        std::swap(slot_, taken.slot_);
        return *this;
    }
    ~Frame() {
        if (slot_ != nullptr) detail::give_back(slot_);
    }
    explicit operator bool() const noexcept { return slot_ != nullptr; }

    /// The bytes written so far. All of the following need a non-empty frame.
    ByteSpan payload() const noexcept {
        return {slot_->memory() + slot_->begin, slot_->end - slot_->begin};
    }
    std::size_t size() const noexcept { return slot_->end - slot_->begin; }
    /// How many bytes append() still takes, tail room kept back.
    std::size_t room() const noexcept {
        const std::size_t used = slot_->end + kTailroom;
        return used >= slot_->capacity ? 0 : slot_->capacity - used;
    }
    std::size_t headroom() const noexcept { return slot_->begin; }

    /// The `n` bytes in front of the payload, which now begins there. Precondition: n <=
    /// headroom().
    ByteSpan prepend(std::size_t n) noexcept {
        slot_->begin -= static_cast<std::uint32_t>(n);
        return {slot_->memory() + slot_->begin, n};
    }
    /// The next `n` bytes behind the payload, which now includes them. Precondition: n <= room().
    ByteSpan append(std::size_t n) noexcept {
        ByteSpan added{slot_->memory() + slot_->end, n};
        slot_->end += static_cast<std::uint32_t>(n);
        return added;
    }
    /// Like append(), out of the tail room, for padding and tag. Precondition: n <= room() +
    /// kTailroom.
    ByteSpan append_tail(std::size_t n) noexcept { return append(n); }
    /// Cuts the payload to its first `n` bytes. Precondition: n <= size().
    void truncate(std::size_t n) noexcept {
        slot_->end = slot_->begin + static_cast<std::uint32_t>(n);
    }
    /// Drops the first `n` bytes of the payload. Precondition: n <= size().
    void drop_front(std::size_t n) noexcept { slot_->begin += static_cast<std::uint32_t>(n); }
    /// The slot is wiped when it goes back: for passwords and the like that may not be sent.
    void mark_secret() noexcept { slot_->wipe = true; }
    /// A flag of whoever queues the frame; false at first.
    void mark(bool on) noexcept { slot_->marked = on; }
    bool marked() const noexcept { return slot_->marked; }

  private:
    friend class FramePool;
    friend class FrameList;
    explicit Frame(detail::FrameSlot* slot) noexcept : slot_(slot) {}
    detail::FrameSlot* slot_ = nullptr;
};

/// A queue of frames, linked through the slots: no allocation.
class FrameList {
  public:
    FrameList() noexcept = default;
    FrameList(FrameList&& other) noexcept
        : head_(std::exchange(other.head_, nullptr)),
          tail_(std::exchange(other.tail_, nullptr)),
          count_(std::exchange(other.count_, 0)),
          bytes_(std::exchange(other.bytes_, 0)) {}
    /// Gives back the frames it held; `other` is empty after it.
    FrameList& operator=(FrameList&& other) noexcept {
        FrameList taken(std::move(other));
        std::swap(head_, taken.head_);
        std::swap(tail_, taken.tail_);
        std::swap(count_, taken.count_);
        std::swap(bytes_, taken.bytes_);
        return *this;
    }
    ~FrameList() { clear(); }

    bool empty() const noexcept { return head_ == nullptr; }
    std::size_t count() const noexcept { return count_; }
    /// Payload bytes, as they were when pushed.
    std::size_t bytes() const noexcept { return bytes_; }

    void push_back(Frame&& frame) noexcept;
    void push_front(Frame&& frame) noexcept;
    /// The first frame, or an empty one.
    Frame pop_front() noexcept;
    /// Copies `bytes` behind the payload of the last frame, if there is one that has room. False:
    /// nothing was done.
    bool append(ByteView bytes) noexcept;
    /// Moves all frames of `other` behind ours.
    void splice_back(FrameList&& other) noexcept;
    void clear() noexcept;

    /// The payload of the first frame. Precondition: not empty.
    ByteSpan front() const noexcept {
        return {head_->memory() + head_->begin, head_->end - head_->begin};
    }
    /// Calls f(ByteSpan payload) for each frame in order.
    template <class F>
    void for_each(F&& f) const {
        for (auto* slot = head_; slot != nullptr; slot = slot->next)
            f(ByteSpan{slot->memory() + slot->begin, slot->end - slot->begin});
    }

  private:
    detail::FrameSlot* head_ = nullptr;
    detail::FrameSlot* tail_ = nullptr;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

/// Slots in three sizes, most recently used first. One thread. Frames may outlive the pool.
class FramePool {
  public:
    static constexpr std::size_t kSmall = 512;                ///< replies and control messages
    static constexpr std::size_t kPacket = 33 * 1024;         ///< a 32 KiB packet and its headers
    static constexpr std::size_t kLarge = 256 * 1024 + 1024;  ///< the largest packet we send

    /// \param keep  unused bytes kept for the next take(), per size
    explicit FramePool(std::size_t keep = 4 * 1024 * 1024);
    FramePool(const FramePool&) = delete;
    FramePool& operator=(const FramePool&) = delete;
    ~FramePool();

    /// An empty frame with full headroom that append()s at least `payload` bytes (at most kLarge).
    /// An empty Frame when `payload` is larger or memory is exhausted.
    Frame take(std::size_t payload) noexcept;
    /// Bytes of slots handed out and not yet returned.
    std::size_t in_use() const noexcept;

  private:
    detail::FramePoolState* state_;
};

}  // namespace nacre
