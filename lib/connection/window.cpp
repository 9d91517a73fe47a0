#include "connection/window.hpp"

#include <algorithm>
#include <utility>

namespace nacre::detail {

Result<void> SendWindow::add(std::uint32_t n) noexcept {
    if (left_ + n > kLargestWindow) return misbehaved("window grows past 2^32-1");
    left_ += n;
    return {};
}

ReceiveWindow::ReceiveWindow(std::uint32_t initial, std::uint32_t max,
                             std::uint32_t max_packet) noexcept
    : granted_(initial),
      max_(std::max(initial, max)),
      threshold_(std::uint64_t{kAdjustPackets} * std::min(max_packet, kAdjustPacket)) {}

Result<void> ReceiveWindow::receive(std::size_t n) noexcept {
    if (n > granted_) return misbehaved("data beyond the window");
    granted_ -= n;
    in_use_ += n;
    return {};
}

void ReceiveWindow::credit(std::size_t n) noexcept {
    const auto done = std::min<std::uint64_t>(n, in_use_);
    in_use_ -= done;
    owed_ += done;
}

std::uint32_t ReceiveWindow::adjustment(Instant now, Duration round_trip,
                                        std::uint64_t room) noexcept {
    if (owed_ == 0 || (owed_ <= threshold_ && granted_ * 2 >= size())) return 0;
    if (used_ == 0) since_ = now;
    used_ += owed_;
    if (used_ >= size() / 2) {
        used_ = 0;
        // With most of the window in use the user is the limit, and more would only be parked.
        if (now - since_ < 2 * round_trip && in_use_ < size() / 2 && size() < max_)
            owed_ += std::min({size(), max_ - size(), room});
    }
    granted_ += owed_;
    return static_cast<std::uint32_t>(std::exchange(owed_, 0));
}

}  // namespace nacre::detail
