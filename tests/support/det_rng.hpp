/// \file
/// Randomness that is the same in every run.
#pragma once
#include <nacre/base/random.hpp>

namespace nacre::test {

/// SplitMix64 from a seed; not secure. Give seed() to INFO, so that a failing test names it.
class DetRng final : public Rng {
  public:
    explicit DetRng(std::uint64_t seed) noexcept : seed_(seed), state_(seed) {}

    std::uint64_t seed() const noexcept { return seed_; }
    std::uint64_t u64() noexcept {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// 0 ... n-1, nearly uniform. Precondition: n > 0.
    std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(u64() % n); }

    /// The bytes do not depend on how they are divided among calls.
    void fill(ByteSpan out) noexcept override {
        for (auto& byte : out) {
            if (left_ == 0) {
                store_be64(block_, u64());
                left_ = sizeof block_;
            }
            byte = block_[sizeof block_ - left_--];
        }
    }
    Bytes bytes(std::size_t n) {
        Bytes out(n);
        fill(out);
        return out;
    }

  private:
    std::uint64_t seed_;
    std::uint64_t state_;
    std::uint8_t block_[8] = {};
    std::size_t left_ = 0;
};

}  // namespace nacre::test
