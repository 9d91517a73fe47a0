/// \file
/// Reads RFC 4251 s5 data types with a sticky error: after the first fault every read yields an
/// empty value, and one look at ok() or done() at the end tells.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>

namespace nacre {

/// The largest mpint taken: the modulus of the longest RSA keys in use.
constexpr std::size_t kMaxMpintBits = 16'384;

/// All views it yields are borrowed from the input.
class Reader {
  public:
    explicit Reader(ByteView input) noexcept : rest_(input) {}

    std::uint8_t u8() noexcept {
        const auto b = bytes(1);
        return b.empty() ? std::uint8_t{0} : b[0];
    }
    /// RFC 4251: "All non-zero values MUST be interpreted as TRUE".
    bool boolean() noexcept { return u8() != 0; }
    std::uint32_t u32() noexcept {
        const auto b = bytes(4);
        return b.empty() ? 0 : load_be32(b.data());
    }
    std::uint64_t u64() noexcept {
        const auto b = bytes(8);
        return b.empty() ? 0 : load_be64(b.data());
    }
    /// The contents of a `string`.
    ByteView string() noexcept {
        const std::uint32_t n = u32();
        return bytes(n);
    }
    std::string_view text() noexcept { return as_text(string()); }
    /// The magnitude of a non-negative `mpint`, big-endian without leading zeros; empty is zero.
    /// Negative numbers, leading zero bytes that are not needed, and more than
    /// kMaxMpintBits bits fail.
    ByteView mpint() noexcept;
    /// Exactly `n` bytes.
    ByteView bytes(std::size_t n) noexcept {
        if (n > rest_.size()) {
            fail();
            return {};
        }
        const auto taken = rest_.first(n);
        rest_ = rest_.subspan(n);
        return taken;
    }
    /// Everything that is left.
    ByteView rest() noexcept { return bytes(rest_.size()); }
    std::size_t remaining() const noexcept { return rest_.size(); }
    /// A count of entries, each at least `min_entry` bytes (> 0) long: fails when the input cannot
    /// hold that many, so it is safe to reserve.
    std::uint32_t count(std::size_t min_entry) noexcept {
        const std::uint32_t n = u32();
        if (n > rest_.size() / min_entry) {
            fail();
            return 0;
        }
        return n;
    }

    void fail() noexcept {
        ok_ = false;
        rest_ = {};
    }
    bool ok() const noexcept { return ok_; }
    /// Whether all went well and nothing is left.
    bool done() const noexcept { return ok_ && rest_.empty(); }

  private:
    ByteView rest_;
    bool ok_ = true;
};

}  // namespace nacre
