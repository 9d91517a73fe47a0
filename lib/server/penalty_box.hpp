/// \file
/// Sources that have to wait before they may connect again.
#pragma once
#include <nacre/base/time.hpp>
#include <nacre/server/limits.hpp>

#include <array>
#include <map>
#include <set>
#include <utility>

namespace nacre::server {

/// A source's time to wait grows with each offence; it counts from `min` on and ends at its expiry.
/// Each operation costs the logarithm of the number of sources.
class PenaltyBox {
  public:
    explicit PenaltyBox(const Penalties& rules) : rules_(rules) {}

    void add(const IpAddress& source, Offence offence, Instant now);
    bool refuses(const IpAddress& source, Instant now);

  private:
    struct Sentence {
        Instant until{};
        bool enforced = false;
    };
    /// The sources of one family; those that are over first come first in `ends`.
    struct Family {
        std::map<IpAddress, Sentence> sentences;
        std::set<std::pair<Instant, IpAddress>> ends;

        void set(const IpAddress& source, const Sentence& sentence);
        void forget_first();
        void expire(Instant now);
    };

    std::chrono::seconds penalty(Offence offence) const noexcept;

    const Penalties rules_;
    std::array<Family, 2> families_;
};

}  // namespace nacre::server
