/// \file
/// All arithmetic of flow control (RFC 4254 s5.2).
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/time.hpp>

#include <cstddef>

namespace nacre::detail {

/// RFC 4254 s5.2: a window never grows past this.
constexpr std::uint64_t kLargestWindow = 0xffff'ffff;

/// What the peer granted us.
class SendWindow {
  public:
    explicit SendWindow(std::uint32_t initial) noexcept : left_(initial) {}

    /// WINDOW_ADJUST came. Errors: peer_misbehaved when the sum would pass 2^32-1.
    Result<void> add(std::uint32_t n) noexcept;
    /// Bytes of data that may be sent now.
    std::uint64_t left() const noexcept { return left_; }
    /// `n` bytes leave. Precondition: n <= left().
    void take(std::size_t n) noexcept { left_ -= n; }

  private:
    std::uint64_t left_;
};

/// What we granted the peer. Every byte of its size is in one of three places: still granted,
/// received and in use by the channel's user, or given back and not announced yet.
class ReceiveWindow {
  public:
    /// Announcing what was given back waits until it is this many packets (as OpenSSH does) or half
    /// of the window is gone.
    static constexpr std::uint32_t kAdjustPackets = 3;
    /// The size of packets that the rule counts in, whatever larger ones we accept.
    static constexpr std::uint32_t kAdjustPacket = 32 * 1024;
    /// \param max         up to which it grows; at least `initial`
    /// \param max_packet  bytes of data we accept in one packet
    ReceiveWindow(std::uint32_t initial, std::uint32_t max, std::uint32_t max_packet) noexcept;

    /// `n` bytes of data came. Errors: peer_misbehaved when they are more than was granted.
    Result<void> receive(std::size_t n) noexcept;
    /// The user is finished with `n` received bytes; more than are in use count as those in use.
    void credit(std::size_t n) noexcept;
    /// Bytes to announce with WINDOW_ADJUST now; 0 when it is not worth a packet yet. They count as
    /// granted from now on.
    ///
    /// The window doubles when half of it was used up within two round trips, and most of that by
    /// a user who keeps up: then the sender waits for the way there and back, which we cannot see
    /// from what is granted, as it never runs out on our side.
    /// \param round_trip  an upper bound; 0 when it is not known: the window stays as it is
    /// \param room        most bytes that the window may grow by
    std::uint32_t adjustment(Instant now, Duration round_trip,
                             std::uint64_t room = kLargestWindow) noexcept;

    std::uint64_t granted() const noexcept { return granted_; }
    std::uint64_t in_use() const noexcept { return in_use_; }
    std::uint64_t size() const noexcept { return granted_ + in_use_ + owed_; }

  private:
    std::uint64_t granted_;
    std::uint64_t in_use_ = 0;
    std::uint64_t owed_ = 0;
    std::uint64_t max_;
    std::uint64_t threshold_;
    std::uint64_t used_ = 0;  ///< bytes the user has finished with since `since_`
    Instant since_{};
};

}  // namespace nacre::detail
