#include <nacre/base/ip_network.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace nacre {

namespace {

constexpr std::size_t kMaxText = INET6_ADDRSTRLEN;
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    if (const auto zone = text.find('%'); zone != std::string_view::npos) {
        if (zone + 1 == text.size() || text.find(':') == std::string_view::npos) return {};
        text = text.substr(0, zone);
    }
    char terminated[kMaxText + 1] = {};
    if (text.empty() || text.size() > kMaxText) return {};
    std::memcpy(terminated, text.data(), text.size());
    if (std::strlen(terminated) != text.size()) return {};

    IpAddress address;
    if (::inet_pton(AF_INET, terminated, address.bytes_.data()) == 1) return address;
    if (::inet_pton(AF_INET6, terminated, address.bytes_.data()) != 1) return {};
    address.v4_ = std::equal(kMapped.begin(), kMapped.end(), address.bytes_.begin());
    if (address.v4_) {
        std::copy_n(address.bytes_.begin() + kMapped.size(), 4, address.bytes_.begin());
        std::fill(address.bytes_.begin() + 4, address.bytes_.end(), std::uint8_t{0});
    }
    return address;
}

std::string IpAddress::text() const {
    char terminated[kMaxText + 1] = {};
    ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), terminated, sizeof terminated);
    return terminated;
}

bool IpAddress::is_loopback() const noexcept {
    if (v4_) return bytes_[0] == 127;
    return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) &&
           bytes_.back() == 1;
}

IpAddress IpAddress::masked(unsigned bits) const noexcept {
    IpAddress masked = *this;
    for (unsigned i = 0; i != width() / 8; ++i) {
        const unsigned kept = std::min(bits - std::min(bits, 8 * i), 8U);
        masked.bytes_[i] = static_cast<std::uint8_t>(masked.bytes_[i] & (0xff00U >> kept));
    }
    return masked;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) noexcept {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address || text.substr(0, slash).find('%') != std::string_view::npos) return {};
    if (slash == std::string_view::npos) return IpNetwork(*address, address->width());
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size()) return {};
    if (bits > address->width() || address->masked(bits) != *address) return {};
    return IpNetwork(*address, bits);
}

bool IpNetwork::contains(const IpAddress& address) const noexcept {
    return address.is_v4() == prefix_.is_v4() && address.masked(bits_) == prefix_;
}

}  // namespace nacre
