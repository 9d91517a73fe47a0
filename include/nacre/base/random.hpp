/// \file
/// Randomness comes into the core as a parameter.
#pragma once
#include <nacre/base/bytes.hpp>

namespace nacre {

/// A cryptographically secure generator, or in tests a deterministic one. Used on one thread only,
/// unless the implementation says more. Cannot fail: an implementation that loses its entropy
/// source must end the program.
class Rng {
  public:
    virtual ~Rng() = default;
    virtual void fill(ByteSpan out) noexcept = 0;
};

/// The operating system's generator (getrandom). Usable from every thread. Never destroyed.
Rng& system_rng() noexcept;

}  // namespace nacre
