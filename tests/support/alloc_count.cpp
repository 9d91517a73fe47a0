#include "support/alloc_count.hpp"

#include <errno.h>
#include <stdlib.h>

#if defined(__has_feature)
#define NACRE_HAS_FEATURE(x) __has_feature(x)
#else
#define NACRE_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||               \
    NACRE_HAS_FEATURE(address_sanitizer) || NACRE_HAS_FEATURE(thread_sanitizer) || \
    NACRE_HAS_FEATURE(memory_sanitizer)
#define NACRE_SANITIZED 1
#else
#define NACRE_SANITIZED 0
#endif

namespace {
thread_local constinit std::size_t counted = 0;
thread_local constinit std::size_t freed = 0;
}  // namespace

namespace nacre::test {
std::size_t allocations() noexcept {
    return counted;
}
std::ptrdiff_t allocated_now() noexcept {
    return static_cast<std::ptrdiff_t>(counted - freed);
}
}  // namespace nacre::test

#if NACRE_SANITIZED

// A sanitizer owns malloc, but tells us.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*,
                                                                           size_t),
                                                         void (*on_free)(const volatile void*));

namespace {
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t) { ++counted; }, [](const volatile void*) { ++freed; });
}  // namespace

#else

// The definitions in the program come before those of the C library, also for operator new.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void __libc_free(void* old);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
    ++counted;
    return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) noexcept {
    ++counted;
    return __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) noexcept {
    ++counted;
    void* const memory = __libc_realloc(old, size);
    // It took the place of the old one, or that was given back.
    if (old != nullptr && (memory != nullptr || size == 0)) ++freed;
    if (size == 0 && memory == nullptr) --counted;
    return memory;
}

void free(void* old) noexcept {
    if (old != nullptr) ++freed;
    __libc_free(old);
}

void* memalign(size_t alignment, size_t size) noexcept {
    ++counted;
    return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) noexcept {
    ++counted;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** out, size_t alignment, size_t size) noexcept {
    ++counted;
    void* memory = __libc_memalign(alignment, size);
    if (memory == nullptr) return ENOMEM;
    *out = memory;
    return 0;
}
}

#endif
