/// \file
/// Receive memory: reference-counted slabs of one thread's pool.
#pragma once
#include <nacre/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace nacre {

class SlabPool;

namespace detail {
struct SlabPoolState;
struct SlabCount;
struct Slab {
    SlabPoolState* pool;
    SlabCount* count;  // of the share that it belongs to; may be null
    Slab* next;
    std::uint8_t* memory;
    std::size_t size;
    std::uint32_t refs;
};
void give_back(Slab* slab) noexcept;
}  // namespace detail

/// A shared reference to a slab; the last one gives the memory back to its pool. One thread.
class SlabRef {
  public:
    SlabRef() noexcept = default;
    SlabRef(const SlabRef& other) noexcept : slab_(other.slab_) {
        if (slab_ != nullptr) ++slab_->refs;
    }
    SlabRef(SlabRef&& other) noexcept : slab_(std::exchange(other.slab_, nullptr)) {}
    SlabRef& operator=(SlabRef other) noexcept {
        std::swap(slab_, other.slab_);
        return *this;
    }
    ~SlabRef() {
        if (slab_ != nullptr && --slab_->refs == 0) detail::give_back(slab_);
    }
    explicit operator bool() const noexcept { return slab_ != nullptr; }
    /// The whole memory of the slab. Precondition: not empty.
    ByteSpan memory() const noexcept { return {slab_->memory, slab_->size}; }
    /// Whether nobody else holds this slab.
    bool unique() const noexcept { return slab_ != nullptr && slab_->refs == 1; }
    /// Whether the SlabShare that it counts for holds more than half of what should be enough.
    bool crowded() const noexcept;

  private:
    friend class SlabPool;
    friend class SlabShare;
    explicit SlabRef(detail::Slab* slab) noexcept : slab_(slab) {}
    detail::Slab* slab_ = nullptr;
};

/// Received bytes and what keeps them alive: valid as long as `owner` is kept. Keeping it pins the
/// slab, which counts against the session's budget.
struct Payload {
    ByteView bytes;
    SlabRef owner;

    Payload sub(std::size_t offset, std::size_t count) const {
        return {bytes.subspan(offset, count), owner};
    }
};

/// Slabs of one thread, most recently used first. Slabs may outlive the pool.
class SlabPool {
  public:
    static constexpr std::size_t kSlabSize = 512 * 1024;

    /// \param slab_size  bytes in a slab, at least 300 KiB so that the largest packet fits
    /// \param keep       how many unused slabs are kept for the next take()
    explicit SlabPool(std::size_t slab_size = kSlabSize, std::size_t keep = 8);
    SlabPool(const SlabPool&) = delete;
    SlabPool& operator=(const SlabPool&) = delete;
    ~SlabPool();

    /// A slab of at least `min` bytes, contents unspecified: of the pool's size, or less for want
    /// of memory; other sizes are allocated and freed each time. Empty when memory is exhausted.
    /// \param beside  a slab of any pool: the new one counts for the same SlabShare, if any
    SlabRef take(std::size_t min = 0, const SlabRef& beside = {}) noexcept;
    /// Slabs handed out and not yet returned.
    std::size_t in_use() const noexcept;

  private:
    detail::SlabPoolState* state_;
};

/// What one of those who share a pool holds of it: the slabs that it took, until the last reference
/// to each is gone, and the copies that others made of parts of them. Slabs may outlive the share.
class SlabShare {
  public:
    /// \param limit  bytes that should be enough; 0: any number is
    /// \param less   called whenever there is no more held than that again, until the share is
    ///               destroyed; must not throw
    explicit SlabShare(SlabPool& pool, std::size_t limit = 0, std::function<void()> less = {});
    SlabShare(const SlabShare&) = delete;
    SlabShare& operator=(const SlabShare&) = delete;
    ~SlabShare();

    /// As SlabPool::take, also beyond the limit.
    SlabRef take(std::size_t min = 0) noexcept;
    /// Bytes of slabs.
    std::size_t held() const noexcept;
    /// Whether more is held than should be.
    bool over() const noexcept;

  private:
    SlabPool& pool_;
    detail::SlabCount* count_;
};

}  // namespace nacre
