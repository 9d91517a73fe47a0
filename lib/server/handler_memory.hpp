/// \file
/// Memory for one handler of Asio, so that waiting for something needs none of the system.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace nacre::server {

/// Room for one handler at a time; what does not fit, or comes while another one waits, is
/// allocated. Outlives the io_context. A handler has left it when it is called.
class HandlerMemory {
  public:
    HandlerMemory() = default;
    HandlerMemory(const HandlerMemory&) = delete;
    HandlerMemory& operator=(const HandlerMemory&) = delete;

    void* allocate(std::size_t size) {
        if (size <= room_.size() && !used_.exchange(true, std::memory_order_acquire))
            return room_.data();
        return ::operator new(size);
    }
    void deallocate(void* memory) noexcept {
        if (memory == room_.data())
            used_.store(false, std::memory_order_release);
        else
            ::operator delete(memory);
    }

  private:
    alignas(std::max_align_t) std::array<std::byte, 256> room_;
    std::atomic<bool> used_{false};
};

template <class T>
class HandlerAllocator {
  public:
    using value_type = T;
    explicit HandlerAllocator(HandlerMemory& memory) noexcept : memory_(&memory) {}
    template <class U>
    explicit HandlerAllocator(const HandlerAllocator<U>& other) noexcept : memory_(other.memory_) {}

    T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
    void deallocate(T* memory, std::size_t) noexcept { memory_->deallocate(memory); }

    template <class U>
    bool operator==(const HandlerAllocator<U>& other) const noexcept {
        return memory_ == other.memory_;
    }

  private:
    template <class U>
    friend class HandlerAllocator;
    HandlerMemory* memory_;
};

/// A handler that lives in `memory` while it waits.
template <class F>
class HandlerIn {
  public:
    HandlerIn(HandlerMemory& memory, F f) : memory_(&memory), f_(std::move(f)) {}

    using allocator_type = HandlerAllocator<HandlerIn>;
    allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }

    template <class... A>
    void operator()(A&&... arguments) {
        f_(std::forward<A>(arguments)...);
    }

  private:
    HandlerMemory* memory_;
    F f_;
};

}  // namespace nacre::server
