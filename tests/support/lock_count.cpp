#include "support/lock_count.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace {

/// Who took a lock last. Locks that were destroyed keep their places; one that comes to lie where
/// another was counts as handed over once.
struct Place {
    std::atomic<const void*> lock{nullptr};
    std::atomic<std::uint32_t> thread{0};  // 0: nobody yet
};

constinit std::array<Place, 1 << 16> places;
constinit std::atomic<std::uint32_t> threads{0};
constinit std::atomic<std::size_t> taken{0}, handed_over{0};
constinit thread_local std::uint32_t this_thread = 0;
constinit thread_local bool left_out = false;

template <class F>
F next(const char* name) noexcept {
    return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

Place& place_of(const void* lock) noexcept {
    for (std::size_t i = reinterpret_cast<std::uintptr_t>(lock) / 8;; ++i) {
        Place& place = places[i % places.size()];
        const void* there = place.lock.load(std::memory_order_relaxed);
        if (there == nullptr && place.lock.compare_exchange_strong(there, lock)) return place;
        if (there == lock) return place;
    }
}

void count(const void* lock) noexcept {
    if (left_out) return;
    if (this_thread == 0) this_thread = ++threads;
    const std::uint32_t before = place_of(lock).thread.exchange(this_thread);
    taken.fetch_add(1, std::memory_order_relaxed);
    if (before != 0 && before != this_thread) handed_over.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

namespace nacre::test {

LockCount locks() noexcept {
    return {taken.load(std::memory_order_relaxed), handed_over.load(std::memory_order_relaxed)};
}

void leave_out_this_thread() noexcept {
    left_out = true;
}

}  // namespace nacre::test

#define NACRE_LOCK(name, kind)                                \
    extern "C" int name(kind* lock) noexcept {                \
        static const auto real = next<int (*)(kind*)>(#name); \
        count(lock);                                          \
        return real(lock);                                    \
    }

NACRE_LOCK(pthread_mutex_lock, pthread_mutex_t)
NACRE_LOCK(pthread_mutex_trylock, pthread_mutex_t)
NACRE_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
NACRE_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
NACRE_LOCK(pthread_rwlock_tryrdlock, pthread_rwlock_t)
NACRE_LOCK(pthread_rwlock_trywrlock, pthread_rwlock_t)
