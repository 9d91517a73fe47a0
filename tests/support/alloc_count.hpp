/// \file
/// Counts memory allocations, for tests that say "none per packet".
#pragma once
#include <cstddef>

namespace nacre::test {

/// Allocations (malloc and all that is built on it) of this thread so far.
std::size_t allocations() noexcept;
/// Those of this thread less those that it has given back: the same again, if nothing stays.
std::ptrdiff_t allocated_now() noexcept;

/// Counts from its construction:
///
///     const AllocCount count;
///     const Result<...> r = work();
///     const std::size_t n = count.count();   // before CHECK, which allocates
///     CHECK(n == 0);
class AllocCount {
  public:
    AllocCount() noexcept : start_(allocations()) {}
    std::size_t count() const noexcept { return allocations() - start_; }

  private:
    std::size_t start_;
};

}  // namespace nacre::test
