/// \file
/// What every harness needs: the entry point, an input to take values from, and a check.
#pragma once
#include <nacre/base/bytes.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

/// Defined by each harness; called by the engine or by main.cpp. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Ends the program, in every build, when a property does not hold.
#define NACRE_FUZZ_CHECK(condition)                                              \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                        \
        }                                                                        \
    } while (false)

namespace nacre::fuzz {

/// Takes values from the front of an input. An input used up yields zeros and empty views, so that
/// a harness needs no checks of its own.
class FuzzInput {
  public:
    FuzzInput(const std::uint8_t* data, std::size_t size) noexcept : rest_(data, size) {}

    bool empty() const noexcept { return rest_.empty(); }
    std::size_t remaining() const noexcept { return rest_.size(); }
    std::uint8_t u8() noexcept {
        const auto b = bytes(1);
        return b.empty() ? std::uint8_t{0} : b[0];
    }
    std::uint16_t u16() noexcept {
        const unsigned high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32() noexcept {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    bool flag() noexcept { return (u8() & 1) != 0; }
    /// 0 ... n-1. Precondition: 0 < n <= 65,536.
    std::size_t below(std::size_t n) noexcept { return (n <= 256 ? u8() : u16()) % n; }
    /// The next `n` bytes, or what is left; borrowed from the input.
    ByteView bytes(std::size_t n) noexcept {
        const auto taken = rest_.first(std::min(n, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    ByteView rest() noexcept { return bytes(rest_.size()); }

  private:
    ByteView rest_;
};

}  // namespace nacre::fuzz
