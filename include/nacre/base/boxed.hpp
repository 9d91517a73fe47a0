/// \file
/// A rare part of a value: copied with it, and one pointer wide while it is absent.
#pragma once
#include <memory>
#include <utility>

namespace nacre {

/// Like std::optional<T>, with T on the heap.
template <class T>
class Boxed {
  public:
    Boxed() = default;
    Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Boxed(const Boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(const Boxed& other) {
        if (this != &other) value_ = other ? std::make_unique<T>(*other) : nullptr;
        return *this;
    }
    Boxed& operator=(Boxed&&) noexcept = default;

    explicit operator bool() const noexcept { return value_ != nullptr; }
    const T& operator*() const noexcept { return *value_; }
    const T* operator->() const noexcept { return value_.get(); }
    T& operator*() noexcept { return *value_; }
    T* operator->() noexcept { return value_.get(); }
    /// The value, made if it is absent.
    T& make() {
        if (value_ == nullptr) value_ = std::make_unique<T>();
        return *value_;
    }
    void reset() noexcept { value_.reset(); }

  private:
    std::unique_ptr<T> value_;
};

}  // namespace nacre
