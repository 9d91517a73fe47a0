/// \file
/// When keys are used up (RFC 4253 s9, RFC 4344 s3).
#pragma once
#include <nacre/base/time.hpp>
#include <nacre/transport/config.hpp>

#include <optional>

namespace nacre {

class RekeyPolicy {
  public:
    explicit RekeyPolicy(const RekeyLimits& limits) noexcept : limits_(limits) {}

    /// New keys came into force.
    void reset(Instant now) noexcept { since_ = now; }
    /// Whether one direction with these counts needs new keys. `cipher_bytes`: the cipher's limit.
    bool due(std::uint64_t bytes, std::uint64_t packets,
             std::uint64_t cipher_bytes) const noexcept {
        return bytes >= cipher_bytes || (limits_.bytes != 0 && bytes >= limits_.bytes) ||
               (limits_.packets != 0 && packets >= limits_.packets) || packets >= kMaxPackets;
    }
    bool due_by_time(Instant now) const noexcept {
        const auto at = deadline();
        return at && now >= *at;
    }
    std::optional<Instant> deadline() const noexcept {
        if (limits_.time.count() == 0) return {};
        return since_ + limits_.time;
    }

  private:
    //= RFC 4344 s3.1
    //# ... an SSH implementation SHOULD ... rekey before ... 2**31 packets
    static constexpr std::uint64_t kMaxPackets = std::uint64_t{1} << 31;
    RekeyLimits limits_;
    Instant since_{};
};

}  // namespace nacre
