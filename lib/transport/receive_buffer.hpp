/// \file
/// Bytes from the socket, in a slab that is only held while it holds something.
#pragma once
#include <nacre/base/slab.hpp>

namespace nacre {

/// A session that waits for input, and of which nobody keeps any, owns no slab: it takes one when
/// bytes are there to be received and gives it back when all of them are handled. Packets are
/// opened in place; who keeps a Payload pins the slab.
class ReceiveBuffer {
  public:
    explicit ReceiveBuffer(SlabShare& slabs) noexcept : slabs_(slabs) {}

    /// Room for at least `min` more bytes, contiguous with what is pending. A partial packet moves
    /// only when the slab has not that room left. Empty when memory is exhausted.
    ByteSpan space(std::size_t min);
    /// `n` bytes were put into space().
    void commit(std::size_t n) noexcept { end_ += n; }
    /// What was received and not consumed; writable, as packets are opened in place.
    ByteSpan pending() const noexcept {
        return slab_ ? slab_.memory().subspan(begin_, end_ - begin_) : ByteSpan{};
    }
    void consume(std::size_t n) noexcept { begin_ += n; }
    const SlabRef& slab() const noexcept { return slab_; }
    /// Size of the slab, 0: none.
    std::size_t held() const noexcept { return slab_ ? slab_.memory().size() : 0; }
    /// Gives the slab back if nothing is pending. As long as others have parts of it that would
    /// free nothing, so its rest is used first: who has the beginning of a message and waits for
    /// its end must not need a second slab for that, which may be in the hands of others who wait.
    void release_if_empty() noexcept {
        if (begin_ != end_ || !slab_) return;
        if (slab_.unique() || slab_.memory().size() - end_ < kMinRest) drop();
    }
    /// Forgets everything.
    void drop() noexcept {
        slab_ = SlabRef();
        begin_ = end_ = 0;
    }
    /// Bytes moved because a slab was full: a measure of wasted copies.
    std::uint64_t moved() const noexcept { return moved_; }

  private:
    /// Less is not worth a call of its own, nor to move for it what is pending.
    static constexpr std::size_t kMinRest = 16 * 1024;

    SlabShare& slabs_;
    SlabRef slab_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t moved_ = 0;
};

}  // namespace nacre
