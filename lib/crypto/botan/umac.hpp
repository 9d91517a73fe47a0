/// \file
/// UMAC (RFC 4418) with AES-128, for tags of 8 and 16 bytes.
#pragma once
#include <nacre/base/bytes.hpp>

#include <array>
#include <memory>

namespace Botan {
class BlockCipher;
}

namespace nacre::detail {

/// One key, any number of messages under a nonce each. One thread. Does not allocate after
/// construction. All functions may throw what Botan throws.
class Umac {
  public:
    static constexpr std::size_t kKeySize = 16;
    static constexpr std::size_t kNonceSize = 8;
    /// Longer messages would need POLY-128 (RFC 4418 s5.3.2).
    static constexpr std::size_t kMaxMessage = std::size_t{1} << 24;

    /// \param key       kKeySize bytes
    /// \param tag_size  8 or 16
    Umac(ByteView key, std::size_t tag_size);
    ~Umac();

    /// Writes tag_size bytes to `tag`. `message` has at most kMaxMessage bytes. A nonce must not be
    /// used for two messages.
    void compute(const std::array<std::uint8_t, kNonceSize>& nonce, ByteView message, ByteSpan tag);

  private:
    static constexpr std::size_t kMaxIterations = 4;  // one for each 4 bytes of tag
    static constexpr std::size_t kChunk = 1024;
    static constexpr std::size_t kL1Words = kChunk / 4 + (kMaxIterations - 1) * 4;

    struct L3Key {
        std::array<std::uint64_t, 8> factors;  // below 2^36 - 5
        std::uint32_t mask;
    };
    struct Keys {
        std::array<std::uint32_t, kL1Words> l1;
        std::array<std::uint64_t, kMaxIterations> l2;
        std::array<L3Key, kMaxIterations> l3;
    };

    using Hashes = std::array<std::uint64_t, kMaxIterations>;

    Hashes hash_chunk(ByteView chunk) const noexcept;
    void pad(const std::array<std::uint8_t, kNonceSize>& nonce, ByteSpan out);

    std::size_t tag_size_;
    std::size_t iterations_;
    std::unique_ptr<Botan::BlockCipher> pad_cipher_;
    Keys keys_{};
};

}  // namespace nacre::detail
