/// \file
/// The authentication methods (RFC 4252, RFC 4256) and sets of them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace nacre {

enum class AuthMethod : std::uint8_t { none, publickey, password, keyboard_interactive };

/// The RFC's name. A literal.
std::string_view name_of(AuthMethod method) noexcept;

/// A set of methods; a value.
class AuthMethods {
  public:
    constexpr AuthMethods() noexcept = default;
    constexpr AuthMethods(std::initializer_list<AuthMethod> methods) noexcept {
        for (auto m : methods) add(m);
    }
    constexpr AuthMethods& add(AuthMethod m) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ | bit(m));
        return *this;
    }
    constexpr AuthMethods& remove(AuthMethod m) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ & ~bit(m));
        return *this;
    }
    constexpr bool contains(AuthMethod m) const noexcept { return (bits_ & bit(m)) != 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    /// The name-list for USERAUTH_FAILURE: publickey, password, keyboard-interactive; never none.
    std::string name_list() const;
    friend constexpr bool operator==(AuthMethods, AuthMethods) noexcept = default;

  private:
    static constexpr std::uint8_t bit(AuthMethod m) noexcept {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(m));
    }
    std::uint8_t bits_ = 0;
};

}  // namespace nacre
