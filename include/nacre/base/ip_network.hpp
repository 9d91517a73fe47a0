/// \file
/// IP addresses and networks of them, as in lists of who may connect.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nacre {

/// An IPv4 or IPv6 address; a value. An IPv4 address that came mapped into IPv6 (::ffff:a.b.c.d) is
/// the IPv4 address.
class IpAddress {
  public:
    /// Numeric text: "192.0.2.1", "2001:db8::1"; a zone behind '%' is not part of the address.
    static std::optional<IpAddress> parse(std::string_view text) noexcept;

    /// As RFC 5952 writes it.
    std::string text() const;
    bool is_v4() const noexcept { return v4_; }
    /// 32 or 128.
    unsigned width() const noexcept { return v4_ ? 32 : 128; }
    bool is_loopback() const noexcept;
    /// The address with all bits behind the first `bits` cleared. `bits` is at most width().
    IpAddress masked(unsigned bits) const noexcept;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    bool v4_ = true;
    std::array<std::uint8_t, 16> bytes_{};  // the first 4 for IPv4
};

/// All addresses that begin with the same bits; a value.
class IpNetwork {
  public:
    /// "192.0.2.0/24", "2001:db8::/32", or a single address. Nothing when the text is neither, or
    /// when bits are set behind the prefix: that is more often a slip than meant.
    static std::optional<IpNetwork> parse(std::string_view text) noexcept;

    bool contains(const IpAddress& address) const noexcept;

  private:
    IpNetwork(const IpAddress& prefix, unsigned bits) noexcept : prefix_(prefix), bits_(bits) {}

    IpAddress prefix_;
    unsigned bits_;
};

}  // namespace nacre
