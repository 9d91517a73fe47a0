/// \file
/// A value or an Error. Has std::expected's names, so that it can become one.
#pragma once
#include <nacre/base/error.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace nacre {

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) noexcept : held_(std::in_place_index<1>, error) {}

    bool has_value() const noexcept { return held_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// Precondition of these: has_value().
    T& value() & noexcept { return *std::get_if<0>(&held_); }
    const T& value() const& noexcept { return *std::get_if<0>(&held_); }
    T&& value() && noexcept { return std::move(*std::get_if<0>(&held_)); }
    T& operator*() & noexcept { return value(); }
    const T& operator*() const& noexcept { return value(); }
    T&& operator*() && noexcept { return std::move(*this).value(); }
    T* operator->() noexcept { return std::get_if<0>(&held_); }
    const T* operator->() const noexcept { return std::get_if<0>(&held_); }

    /// Precondition: !has_value().
    const Error& error() const noexcept { return *std::get_if<1>(&held_); }

    T value_or(T other) && { return has_value() ? std::move(value()) : std::move(other); }

  private:
    std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() noexcept = default;
    Result(Error error) noexcept : error_(error) {}

    bool has_value() const noexcept { return !error_; }
    explicit operator bool() const noexcept { return has_value(); }
    const Error& error() const noexcept { return *error_; }

  private:
    std::optional<Error> error_;
};

}  // namespace nacre

#define NACRE_CONCAT_(a, b) a##b
#define NACRE_CONCAT(a, b) NACRE_CONCAT_(a, b)

/// `NACRE_TRY(auto x, f());` x is f's value, or the enclosing function returns f's error.
#define NACRE_TRY(decl, expr) NACRE_TRY_(NACRE_CONCAT(nacre_try_, __LINE__), decl, expr)
#define NACRE_TRY_(tmp, decl, expr) \
    auto tmp = (expr);              \
    if (!tmp) return tmp.error();   \
    decl = std::move(tmp).value()

/// `NACRE_CHECK(f());` the enclosing function returns f's error, if there is one.
#define NACRE_CHECK(expr)                                                           \
    do {                                                                            \
        if (auto nacre_check_ = (expr); !nacre_check_) return nacre_check_.error(); \
    } while (false)
