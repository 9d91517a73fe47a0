/// \file
/// A value, or what to tell the user.
#pragma once
#include <string>
#include <utility>
#include <variant>

namespace nacre::tools {

/// Exit statuses.
constexpr int kDone = 0;
constexpr int kFailed = 1;      ///< a file or an agent said no, or something is wrong with a key
constexpr int kWrongUsage = 2;  ///< of the command line

struct Refusal {
    std::string text;  ///< "FILE: what is wrong"
    int status = kFailed;
};

inline Refusal refusal(const std::string& file, const std::string& what) {
    return {file + ": " + what};
}
inline Refusal wrong_usage(std::string what) {
    return {std::move(what), kWrongUsage};
}

template <class T>
class [[nodiscard]] Outcome {
  public:
    Outcome(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Outcome(Refusal why) : held_(std::in_place_index<1>, std::move(why)) {}

    explicit operator bool() const noexcept { return held_.index() == 0; }
    /// Precondition of these: there is a value.
    T& operator*() & noexcept { return *std::get_if<0>(&held_); }
    const T& operator*() const& noexcept { return *std::get_if<0>(&held_); }
    T&& operator*() && noexcept { return std::move(*std::get_if<0>(&held_)); }
    T* operator->() noexcept { return std::get_if<0>(&held_); }
    const T* operator->() const noexcept { return std::get_if<0>(&held_); }
    /// Precondition: there is none.
    const Refusal& why() const noexcept { return *std::get_if<1>(&held_); }

  private:
    std::variant<T, Refusal> held_;
};

/// Of a command: the status to exit with.
using Status = Outcome<int>;

}  // namespace nacre::tools
