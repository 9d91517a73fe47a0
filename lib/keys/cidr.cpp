#include "keys/cidr.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace nacre::detail {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Network {
    Address address;
    unsigned bits;
};

bool same_beginning(const Address& a, const Address& b, unsigned bits) noexcept {
    const std::size_t whole = bits / 8;
    if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
    if (bits % 8 == 0) return true;
    const unsigned mask = 0xff00U >> (bits % 8) & 0xffU;
    return (a.bytes[whole] & mask) == (b.bytes[whole] & mask);
}

bool nothing_behind(const Address& address, unsigned bits) noexcept {
    for (unsigned n = bits; n < address.bits; ++n)
        if ((address.bytes[n / 8] >> (7 - n % 8) & 1) != 0) return false;
    return true;
}

std::optional<Network> parse_network(std::string_view text) noexcept {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address || text.find('%') != std::string_view::npos) return std::nullopt;
    Network network{*address, address->bits};
    if (slash == std::string_view::npos) return network;
    const auto digits = text.substr(slash + 1);
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, network.bits);
    if (error != std::errc{} || stop != end || network.bits > address->bits ||
        !nothing_behind(*address, network.bits))
        return std::nullopt;
    return network;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) noexcept {
    text = text.substr(0, text.find('%'));
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    Address address;
    if (::inet_pton(AF_INET, terminated.data(), address.bytes.data()) == 1) {
        address.bits = 32;
        return address;
    }
    if (::inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
    address.bits = 128;
    if (std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
        std::copy(address.bytes.begin() + kMapped.size(), address.bytes.end(),
                  address.bytes.begin());
        std::fill(address.bytes.begin() + 4, address.bytes.end(), std::uint8_t{0});
        address.bits = 32;
    }
    return address;
}

std::optional<bool> in_networks(std::string_view address, std::string_view list) noexcept {
    const auto wanted = parse_address(address);
    bool found = false;
    for (bool more = true; more;) {
        const auto comma = list.find(',');
        more = comma != std::string_view::npos;
        const auto network = parse_network(list.substr(0, comma));
        list.remove_prefix(more ? comma + 1 : list.size());
        // One wrong entry spoils the list, also when another fits.
        if (!network) return std::nullopt;
        found |= wanted && wanted->bits == network->address.bits &&
                 same_beginning(*wanted, network->address, network->bits);
    }
    return found;
}

}  // namespace nacre::detail
