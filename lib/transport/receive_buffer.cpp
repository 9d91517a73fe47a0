#include "transport/receive_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace nacre {

ByteSpan ReceiveBuffer::space(std::size_t min) {
    if (!slab_) {
        slab_ = slabs_.take(min);
        begin_ = end_ = 0;
        if (!slab_) return {};
    }
    // Nobody has a part of it any more: its beginning is what is in the processor's cache.
    if (begin_ == end_ && slab_.unique()) begin_ = end_ = 0;
    if (slab_.memory().size() - end_ < min) {
        const std::size_t partial = end_ - begin_;
        if (slab_.unique() && slab_.memory().size() - partial >= min) {
            std::memmove(slab_.memory().data(), slab_.memory().data() + begin_, partial);
        } else {
            SlabRef fresh = slabs_.take(partial + std::max(min, kMinRest));
            if (!fresh) fresh = slabs_.take(partial + min);
            if (!fresh) return {};
            if (partial != 0)
                std::memcpy(fresh.memory().data(), slab_.memory().data() + begin_, partial);
            slab_ = std::move(fresh);
        }
        moved_ += partial;
        begin_ = 0;
        end_ = partial;
    }
    return slab_.memory().subspan(end_);
}

}  // namespace nacre
