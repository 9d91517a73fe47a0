/// \file
/// Numeric addresses and the networks they are in.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nacre::detail {

/// An IPv4 or IPv6 address. IPv4 in IPv6 (::ffff:192.0.2.1) is taken for the IPv4 it is.
struct Address {
    std::array<std::uint8_t, 16> bytes{};
    unsigned bits = 0;  ///< 32 or 128

    friend bool operator==(const Address&, const Address&) noexcept = default;
};

/// Nothing for what is no numeric address; a zone ("%eth0") is not looked at.
std::optional<Address> parse_address(std::string_view text) noexcept;

/// Whether `address` is in a list of networks and addresses (`192.0.2.0/24,2001:db8::1`), as in a
/// certificate's source-address. Nothing for a malformed list: an entry that is empty, no address,
/// or has bits behind its mask.
std::optional<bool> in_networks(std::string_view address, std::string_view list) noexcept;

}  // namespace nacre::detail
