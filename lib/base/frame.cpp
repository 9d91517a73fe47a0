#include <nacre/base/frame.hpp>
#include <nacre/base/secret.hpp>

#include <array>
#include <cstring>
#include <new>

namespace nacre {
namespace detail {

/// Lives until the pool and every slot it handed out are gone.
struct FramePoolState {
    struct SizeClass {
        FrameSlot* free = nullptr;
        std::size_t free_bytes = 0;
    };
    std::size_t keep;
    std::array<SizeClass, 3> classes{};
    std::size_t in_use = 0;  // bytes
    bool pool_gone = false;
};

namespace {

constexpr std::array<std::size_t, 3> kPayloads{FramePool::kSmall, FramePool::kPacket,
                                               FramePool::kLarge};

// The slot ends where a cache line begins: the memory behind it is aligned, and so is the payload.
constexpr std::size_t kLine = 64;
constexpr std::align_val_t kAlignment{kLine};
constexpr std::size_t kSlotOffset = kLine - sizeof(FrameSlot);
static_assert(sizeof(FrameSlot) <= kLine && kSlotOffset % alignof(FrameSlot) == 0);
static_assert(Frame::kHeadroom % kLine == 0);

FrameSlot* allocate(FramePoolState* pool, std::uint8_t size_class) noexcept {
    const std::size_t capacity = Frame::kHeadroom + kPayloads[size_class] + Frame::kTailroom;
    void* block = ::operator new(kLine + capacity, kAlignment, std::nothrow);
    if (block == nullptr) return nullptr;
    return ::new (static_cast<std::uint8_t*>(block) + kSlotOffset) FrameSlot{
        pool, nullptr, static_cast<std::uint32_t>(capacity), 0, 0, size_class, false, false};
}

void release(FrameSlot* slot) noexcept {
    ::operator delete(reinterpret_cast<std::uint8_t*>(slot) - kSlotOffset, kAlignment);
}

}  // namespace

void give_back(FrameSlot* slot) noexcept {
    FramePoolState* pool = slot->pool;
    // All of it: what was truncated or dropped from the payload is secret too.
    if (slot->wipe) wipe({slot->memory(), slot->capacity});
    pool->in_use -= slot->capacity;
    auto& size_class = pool->classes[slot->size_class];
    if (!pool->pool_gone && size_class.free_bytes + slot->capacity <= pool->keep) {
        slot->next = size_class.free;
        size_class.free = slot;
        size_class.free_bytes += slot->capacity;
        return;
    }
    release(slot);
    if (pool->pool_gone && pool->in_use == 0) delete pool;
}

}  // namespace detail

void FrameList::push_back(Frame&& frame) noexcept {
    detail::FrameSlot* slot = std::exchange(frame.slot_, nullptr);
    if (slot == nullptr) return;
    slot->next = nullptr;
    (tail_ == nullptr ? head_ : tail_->next) = slot;
    tail_ = slot;
    ++count_;
    bytes_ += slot->end - slot->begin;
}

void FrameList::push_front(Frame&& frame) noexcept {
    detail::FrameSlot* slot = std::exchange(frame.slot_, nullptr);
    if (slot == nullptr) return;
    slot->next = head_;
    head_ = slot;
    if (tail_ == nullptr) tail_ = slot;
    ++count_;
    bytes_ += slot->end - slot->begin;
}

Frame FrameList::pop_front() noexcept {
    if (head_ == nullptr) return {};
    detail::FrameSlot* slot = head_;
    head_ = slot->next;
    if (head_ == nullptr) tail_ = nullptr;
    slot->next = nullptr;
    --count_;
    bytes_ -= slot->end - slot->begin;
    return Frame(slot);
}

bool FrameList::append(ByteView bytes) noexcept {
    if (tail_ == nullptr || tail_->end + Frame::kTailroom + bytes.size() > tail_->capacity)
        return false;
    std::memcpy(tail_->memory() + tail_->end, bytes.data(), bytes.size());
    tail_->end += static_cast<std::uint32_t>(bytes.size());
    bytes_ += bytes.size();
    return true;
}

void FrameList::splice_back(FrameList&& other) noexcept {
    if (&other == this || other.head_ == nullptr) return;
    (tail_ == nullptr ? head_ : tail_->next) = std::exchange(other.head_, nullptr);
    tail_ = std::exchange(other.tail_, nullptr);
    count_ += std::exchange(other.count_, 0);
    bytes_ += std::exchange(other.bytes_, 0);
}

void FrameList::clear() noexcept {
    while (head_ != nullptr) pop_front();
}

FramePool::FramePool(std::size_t keep) : state_(new detail::FramePoolState{keep}) {}

FramePool::~FramePool() {
    for (auto& size_class : state_->classes) {
        while (size_class.free != nullptr) {
            detail::FrameSlot* slot = size_class.free;
            size_class.free = slot->next;
            detail::release(slot);
        }
    }
    state_->pool_gone = true;
    if (state_->in_use == 0) delete state_;
}

Frame FramePool::take(std::size_t payload) noexcept {
    std::uint8_t index = 0;
    while (index < detail::kPayloads.size() && detail::kPayloads[index] < payload) ++index;
    if (index == detail::kPayloads.size()) return {};

    auto& size_class = state_->classes[index];
    detail::FrameSlot* slot = size_class.free;
    if (slot != nullptr) {
        size_class.free = slot->next;
        size_class.free_bytes -= slot->capacity;
    } else {
        slot = detail::allocate(state_, index);
        if (slot == nullptr) return {};
    }
    slot->next = nullptr;
    slot->begin = slot->end = Frame::kHeadroom;
    slot->wipe = false;
    slot->marked = false;
    state_->in_use += slot->capacity;
    return Frame(slot);
}

std::size_t FramePool::in_use() const noexcept {
    return state_->in_use;
}

}  // namespace nacre
