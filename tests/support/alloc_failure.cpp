#include "support/alloc_failure.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::size_t made_now = 0;
constinit thread_local std::size_t fails_at = nacre::test::AllocFailure::kNever;

constinit thread_local bool spared = false;
constinit std::atomic<bool> shortage = false;
constinit std::atomic<std::size_t> made_elsewhere = 0;
constinit std::atomic<std::size_t> first_elsewhere = 0;
constinit std::atomic<std::size_t> count_elsewhere = 0;
constinit std::atomic<std::size_t> large_elsewhere = 0;

bool fails(std::size_t size) noexcept {
    if (made_now++ == fails_at) return true;
    if (spared || !shortage || size < large_elsewhere) return false;
    const std::size_t number = made_elsewhere++;
    return number >= first_elsewhere && number - first_elsewhere < count_elsewhere;
}

void* allocate(std::size_t size) noexcept {
    if (fails(size)) return nullptr;
    return std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
    if (fails(size)) return nullptr;
    const auto align = static_cast<std::size_t>(alignment);
    // aligned_alloc wants a multiple.
    return std::aligned_alloc(align, (size + align - 1) / align * align);
}

template <class... A>
void* allocate_or_throw(A... arguments) {
    if (void* memory = allocate(arguments...)) return memory;
    throw std::bad_alloc();
}

}  // namespace

namespace nacre::test {

AllocFailure::AllocFailure(std::size_t fail_at) noexcept {
    made_now = 0;
    fails_at = fail_at;
}

AllocFailure::~AllocFailure() {
    fails_at = kNever;
}

std::size_t AllocFailure::made() const noexcept {
    return made_now;
}

ShortageElsewhere::ShortageElsewhere(std::size_t first, std::size_t count,
                                     std::size_t large) noexcept {
    spared = true;
    made_elsewhere = 0;
    first_elsewhere = first;
    count_elsewhere = count;
    large_elsewhere = large;
    shortage = true;
}

ShortageElsewhere::~ShortageElsewhere() {
    shortage = false;
    spared = false;
}

std::size_t ShortageElsewhere::made() const noexcept {
    return made_elsewhere;
}

}  // namespace nacre::test

// All of them: a sanitizer brings its own for those that are left out, and then finds that what
// one has allocated another one frees.
void* operator new(std::size_t size) {
    return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
    return allocate_or_throw(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate_or_throw(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return allocate_or_throw(size, alignment);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate(size, alignment);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
    std::free(memory);
}
