/// \file
/// Botan takes its random bytes from our generator, so that tests with a deterministic one replay
/// exactly.
#pragma once
#include <nacre/base/random.hpp>

#include <botan/rng.h>

#include <string>

namespace nacre::detail {

/// Borrows `source`. One thread, unless the source says more.
class BotanRng final : public Botan::RandomNumberGenerator {
  public:
    explicit BotanRng(Rng& source) noexcept : source_(source) {}
    bool accepts_input() const override { return false; }
    std::string name() const override { return "nacre"; }
    void clear() override {}
    bool is_seeded() const override { return true; }

  private:
    void fill_bytes_with_input(std::span<std::uint8_t> output,
                               std::span<const std::uint8_t> /*input*/) override {
        source_.fill(output);
    }

    Rng& source_;
};

}  // namespace nacre::detail
