/// \file
/// A queue that owns no memory until something is put into it.
#pragma once
#include <cstddef>
#include <utility>
#include <vector>

namespace nacre::detail {

/// First in, first out, with access by place. std::deque of libstdc++ takes 576 bytes when it is
/// made, which for the rarely used queues of ten thousand idle sessions is most of what they own.
/// T is default-constructible; a place that is left holds a fresh T.
template <class T>
class Ring {
  public:
    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    /// Precondition: place < size().
    T& operator[](std::size_t place) noexcept { return slots_[slot(place)]; }
    const T& operator[](std::size_t place) const noexcept { return slots_[slot(place)]; }
    /// Precondition of these: !empty().
    T& front() noexcept { return (*this)[0]; }
    const T& front() const noexcept { return (*this)[0]; }
    void pop_front() {
        front() = T();
        first_ = slot(1);
        --size_;
    }
    void push_back(T value) {
        if (size_ == slots_.size()) grow();
        slots_[slot(size_)] = std::move(value);
        ++size_;
    }

  private:
    // The number of slots is a power of two.
    std::size_t slot(std::size_t place) const noexcept {
        return (first_ + place) & (slots_.size() - 1);
    }
    void grow() {
        std::vector<T> larger(slots_.empty() ? 1 : 2 * slots_.size());
        for (std::size_t i = 0; i != size_; ++i) larger[i] = std::move((*this)[i]);
        slots_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace nacre::detail
