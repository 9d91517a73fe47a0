#include "crypto/botan/umac.hpp"

#include "crypto/botan/macs.hpp"

#include <nacre/base/secret.hpp>

#include <botan/block_cipher.h>
#include <botan/exceptn.h>

#include <algorithm>
#include <bit>

namespace nacre::detail {
namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr std::size_t kBlock = 16;    // of AES
constexpr std::size_t kNhGroup = 32;  // bytes that NH takes at a time
constexpr std::uint64_t kP36 = (std::uint64_t{1} << 36) - 5;
constexpr std::uint64_t kP64Offset = 59;  // p64 = 2^64 - 59
constexpr std::uint64_t kP64 = ~std::uint64_t{0} - (kP64Offset - 1);
constexpr std::uint64_t kL2KeyMask = 0x01ffffff01ffffff;

/// RFC 4418 s3.2.1: AES under the user's key of index || 1, index || 2 ...
void derive(const Botan::BlockCipher& cipher, std::uint64_t index, ByteSpan out) {
    std::array<std::uint8_t, kBlock> block;
    for (std::uint64_t i = 1; !out.empty(); ++i) {
        store_be64(block.data(), index);
        store_be64(block.data() + 8, i);
        cipher.encrypt(block.data());
        const std::size_t n = std::min(out.size(), block.size());
        std::memcpy(out.data(), block.data(), n);
        out = out.subspan(n);
    }
    wipe(block);
}

std::uint32_t load_le32(const std::uint8_t* p) noexcept {
    std::uint32_t v;
    std::memcpy(&v, p, sizeof v);
    if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap32(v);
    return v;
}

/// RFC 4418 s5.2.2 without the length. `words` is a multiple of 8.
std::uint64_t nh(const std::uint32_t* key, const std::uint8_t* message,
                 std::size_t words) noexcept {
    // Four sums that do not wait for each other, and that a compiler may put into one register.
    std::array<std::uint64_t, 4> sums{};
    for (std::size_t i = 0; i < words; i += 8) {
        for (std::size_t j = 0; j < 4; ++j) {
            const std::uint32_t a = load_le32(message + 4 * (i + j)) + key[i + j];
            const std::uint32_t b = load_le32(message + 4 * (i + j + 4)) + key[i + j + 4];
            sums[j] += std::uint64_t{a} * b;
        }
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}

/// All ones for `bit` 1, zero for 0. The compiler does not know, so it cannot make a branch of what
/// selects by it.
std::uint64_t mask_of(std::uint64_t bit) noexcept {
    std::uint64_t mask = 0 - bit;
    __asm__("" : "+r"(mask));
    return mask;
}

/// a * b + c mod p64.
std::uint64_t multiply_add_p64(std::uint64_t a, std::uint64_t b, std::uint64_t c) noexcept {
    // 2^64 = 59 mod p64. a is below 2^57, so the first fold leaves less than 2^65.
    const Uint128 product = Uint128{a} * b + c;
    Uint128 folded = (product >> 64) * kP64Offset + static_cast<std::uint64_t>(product);
    folded = (folded >> 64) * kP64Offset + static_cast<std::uint64_t>(folded);
    // Now it is below 2^64, and not below p64 when 59 more are too many for 64 bits.
    const Uint128 more = folded + kP64Offset;
    const std::uint64_t excess = mask_of(static_cast<std::uint64_t>(more >> 64));
    return static_cast<std::uint64_t>(folded) + (kP64Offset & excess);
}

/// One step of POLY (RFC 4418 s5.3.1). Words of 2^64 - 2^32 and more do not all fit under p64 and
/// are marked.
std::uint64_t poly64(std::uint64_t key, std::uint64_t y, std::uint64_t word) noexcept {
    // The words depend on the key: both ways are gone, whichever counts.
    const std::uint64_t marked = mask_of(((word >> 32) + 1) >> 32);
    y ^= (y ^ multiply_add_p64(key, y, kP64 - 1)) & marked;
    return multiply_add_p64(key, y, word - (kP64Offset & marked));
}

/// v mod 2^36 - 5.
std::uint64_t reduce_p36(std::uint64_t v) noexcept {
    v = (v & ((std::uint64_t{1} << 36) - 1)) + 5 * (v >> 36);
    v = (v & ((std::uint64_t{1} << 36) - 1)) + 5 * (v >> 36);
    // Below 2^36 + 5; and not below 2^36 - 5 when five more need a bit more.
    const std::uint64_t excess = mask_of((v + 5) >> 36);
    return v - (kP36 & excess);
}

class UmacMac final : public PacketMac {
  public:
    UmacMac(ByteView key, std::size_t tag_size) : umac_(key, tag_size) {}

    void compute(std::uint32_t seq, ByteView packet, ByteSpan tag) override {
        std::array<std::uint8_t, Umac::kNonceSize> nonce;
        store_be64(nonce.data(), seq);
        umac_.compute(nonce, packet, tag);
    }

  private:
    Umac umac_;
};

}  // namespace

Umac::Umac(ByteView key, std::size_t tag_size)
    : tag_size_(tag_size),
      iterations_(tag_size / 4),
      pad_cipher_(Botan::BlockCipher::create_or_throw("AES-128")) {
    if (tag_size != 8 && tag_size != 16) throw Botan::Invalid_Argument("UMAC tag size");
    const auto cipher = pad_cipher_->new_object();
    cipher->set_key(key);

    SecretBytes bytes(kBlock);
    derive(*cipher, 0, bytes.span());
    pad_cipher_->set_key(bytes.view());

    bytes = SecretBytes(kChunk + (iterations_ - 1) * 16);
    derive(*cipher, 1, bytes.span());
    for (std::size_t i = 0; i < bytes.size() / 4; ++i)
        keys_.l1[i] = load_be32(bytes.data() + 4 * i);

    // Of an iteration's 24 bytes, POLY-64 takes the first 8.
    bytes = SecretBytes(iterations_ * 24);
    derive(*cipher, 2, bytes.span());
    for (std::size_t i = 0; i < iterations_; ++i)
        keys_.l2[i] = load_be64(bytes.data() + 24 * i) & kL2KeyMask;

    bytes = SecretBytes(iterations_ * 64);
    derive(*cipher, 3, bytes.span());
    for (std::size_t i = 0; i < iterations_; ++i)
        for (std::size_t j = 0; j < 8; ++j)
            keys_.l3[i].factors[j] = reduce_p36(load_be64(bytes.data() + 64 * i + 8 * j));

    bytes = SecretBytes(iterations_ * 4);
    derive(*cipher, 4, bytes.span());
    for (std::size_t i = 0; i < iterations_; ++i)
        keys_.l3[i].mask = load_be32(bytes.data() + 4 * i);
}

Umac::~Umac() {
    wipe({reinterpret_cast<std::uint8_t*>(&keys_), sizeof keys_});
}

void Umac::compute(const std::array<std::uint8_t, kNonceSize>& nonce, ByteView message,
                   ByteSpan tag) {
    if (message.size() > kMaxMessage || tag.size() != tag_size_)
        throw Botan::Invalid_Argument("UMAC message or tag size");

    // L1 and L2: one chunk is its own hash; several are the coefficients of a polynomial.
    Hashes hashes = hash_chunk(message.first(std::min(message.size(), kChunk)));
    if (message.size() > kChunk) {
        for (std::size_t i = 0; i < iterations_; ++i) hashes[i] = poly64(keys_.l2[i], 1, hashes[i]);
        for (std::size_t at = kChunk; at < message.size(); at += kChunk) {
            const Hashes more =
                hash_chunk(message.subspan(at, std::min(kChunk, message.size() - at)));
            for (std::size_t i = 0; i < iterations_; ++i)
                hashes[i] = poly64(keys_.l2[i], hashes[i], more[i]);
        }
    }

    pad(nonce, tag);
    for (std::size_t i = 0; i < iterations_; ++i) {
        // L3 (RFC 4418 s5.4). The hash is the low half of 16 bytes, the high half is zero: only the
        // last four of its eight 16-bit words count.
        const L3Key& key = keys_.l3[i];
        std::uint64_t sum = 0;
        for (std::size_t j = 0; j < 4; ++j)
            sum += ((hashes[i] >> (48 - 16 * j)) & 0xffff) * key.factors[4 + j];
        const std::uint32_t hash = static_cast<std::uint32_t>(reduce_p36(sum)) ^ key.mask;
        store_be32(tag.data() + 4 * i, load_be32(tag.data() + 4 * i) ^ hash);
    }
}

/// RFC 4418 s5.2: NH of one chunk of at most 1024 bytes, in all iterations.
Umac::Hashes Umac::hash_chunk(ByteView chunk) const noexcept {
    const std::size_t whole = chunk.size() / kNhGroup * kNhGroup;
    std::array<std::uint8_t, kNhGroup> last{};
    const bool padded = whole < chunk.size() || chunk.empty();
    if (whole < chunk.size()) std::memcpy(last.data(), chunk.data() + whole, chunk.size() - whole);

    Hashes hashes{};
    for (std::size_t i = 0; i < iterations_; ++i) {
        const std::uint32_t* key = keys_.l1.data() + 4 * i;
        hashes[i] = nh(key, chunk.data(), whole / 4) + 8 * chunk.size();
        if (padded) hashes[i] += nh(key + whole / 4, last.data(), last.size() / 4);
    }
    return hashes;
}

/// RFC 4418 s3.3.1. A block of AES gives the pads of two consecutive nonces when the tag is 8
/// bytes.
void Umac::pad(const std::array<std::uint8_t, kNonceSize>& nonce, ByteSpan out) {
    std::array<std::uint8_t, kBlock> block{};
    std::copy(nonce.begin(), nonce.end(), block.begin());
    std::size_t offset = 0;
    if (tag_size_ == 8) {
        offset = (nonce.back() & 1U) * tag_size_;
        block[kNonceSize - 1] &= 0xfe;
    }
    pad_cipher_->encrypt(block.data());
    std::memcpy(out.data(), block.data() + offset, out.size());
    wipe(block);
}

std::unique_ptr<PacketMac> make_umac(const MacEntry& entry, ByteView key) {
    return std::make_unique<UmacMac>(key, entry.tag_size);
}

}  // namespace nacre::detail
