#include <nacre/base/slab.hpp>

#include <algorithm>
#include <new>

namespace nacre {
namespace detail {

/// Lives until the pool and every slab it handed out are gone.
struct SlabPoolState {
    std::size_t slab_size;
    std::size_t keep;
    Slab* free = nullptr;
    std::size_t free_count = 0;
    std::size_t in_use = 0;
    bool pool_gone = false;
};

/// Lives until the share and every slab that counts for it are gone.
struct SlabCount {
    std::size_t limit;
    std::function<void()> less;
    std::size_t held = 0;  // bytes
    bool share_gone = false;
};

namespace {

// The header stands in front of the memory in one block, so that the memory begins a cache line.
constexpr std::size_t kHeader = 64;
constexpr std::align_val_t kAlignment{64};
/// When memory is scarce, many sessions with room for two packets get further than few with more.
constexpr std::size_t kScarce = 96 * 1024;
static_assert(sizeof(Slab) <= kHeader);

Slab* allocate(SlabPoolState* pool, std::size_t size) noexcept {
    // Near SIZE_MAX the aligned operator new of GCC 12 rounds up to zero.
    if (size > PTRDIFF_MAX - kHeader) return nullptr;
    void* block = ::operator new(kHeader + size, kAlignment, std::nothrow);
    if (block == nullptr) return nullptr;
    auto* memory = static_cast<std::uint8_t*>(block) + kHeader;
    return ::new (block) Slab{pool, nullptr, nullptr, memory, size, 0};
}

/// A slab of the pool's size, or what can be had for so many bytes.
Slab* make(SlabPoolState* pool, std::size_t min) noexcept {
    Slab* slab = allocate(pool, std::max(min, pool->slab_size));
    const std::size_t enough = std::max(min, kScarce);
    if (slab == nullptr && enough < pool->slab_size) slab = allocate(pool, enough);
    return slab;
}

void release(Slab* slab) noexcept {
    ::operator delete(static_cast<void*>(slab), kAlignment);
}

void count(Slab* slab, SlabCount* count) noexcept {
    slab->count = count;
    if (count != nullptr) count->held += slab->size;
}

void uncount(SlabCount* count, std::size_t bytes) noexcept {
    if (count == nullptr) return;
    const bool was_over = count->held > count->limit;
    count->held -= bytes;
    if (count->share_gone) {
        if (count->held == 0) delete count;
    } else if (was_over && count->held <= count->limit && count->less) {
        count->less();
    }
}

}  // namespace

void give_back(Slab* slab) noexcept {
    SlabPoolState* pool = slab->pool;
    SlabCount* const count = std::exchange(slab->count, nullptr);
    const std::size_t size = slab->size;
    --pool->in_use;
    if (!pool->pool_gone && size == pool->slab_size && pool->free_count < pool->keep) {
        slab->next = pool->free;
        pool->free = slab;
        ++pool->free_count;
    } else {
        release(slab);
        if (pool->pool_gone && pool->in_use == 0) delete pool;
    }
    // Who is told of it may take the slab again at once.
    uncount(count, size);
}

}  // namespace detail

bool SlabRef::crowded() const noexcept {
    return slab_ != nullptr && slab_->count != nullptr &&
           slab_->count->held > slab_->count->limit / 2;
}

SlabPool::SlabPool(std::size_t slab_size, std::size_t keep)
    : state_(new detail::SlabPoolState{slab_size, keep}) {}

SlabPool::~SlabPool() {
    while (state_->free != nullptr) {
        detail::Slab* slab = state_->free;
        state_->free = slab->next;
        detail::release(slab);
    }
    state_->pool_gone = true;
    if (state_->in_use == 0) delete state_;
}

SlabRef SlabPool::take(std::size_t min, const SlabRef& beside) noexcept {
    detail::Slab* slab = nullptr;
    if (min <= state_->slab_size && state_->free != nullptr) {
        slab = state_->free;
        state_->free = slab->next;
        --state_->free_count;
    } else {
        slab = detail::make(state_, min);
        if (slab == nullptr) return {};
    }
    slab->next = nullptr;
    slab->refs = 1;
    if (beside) detail::count(slab, beside.slab_->count);
    ++state_->in_use;
    return SlabRef(slab);
}

std::size_t SlabPool::in_use() const noexcept {
    return state_->in_use;
}

SlabShare::SlabShare(SlabPool& pool, std::size_t limit, std::function<void()> less)
    : pool_(pool), count_(new detail::SlabCount{limit == 0 ? SIZE_MAX : limit, std::move(less)}) {}

SlabShare::~SlabShare() {
    count_->share_gone = true;
    count_->less = nullptr;
    if (count_->held == 0) delete count_;
}

SlabRef SlabShare::take(std::size_t min) noexcept {
    SlabRef slab = pool_.take(min);
    if (slab) detail::count(slab.slab_, count_);
    return slab;
}

std::size_t SlabShare::held() const noexcept {
    return count_->held;
}

bool SlabShare::over() const noexcept {
    return count_->held > count_->limit;
}

}  // namespace nacre
