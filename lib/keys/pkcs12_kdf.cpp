#include "keys/pkcs12_kdf.hpp"

#include <botan/hash.h>

#include <optional>

namespace nacre::detail {

namespace {

// The character at the beginning of `text`, which it is taken off; nullopt when that is not UTF-8.
std::optional<std::uint32_t> take_utf8(ByteView& text) noexcept {
    const std::uint8_t first = text[0];
    const std::size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    constexpr std::uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    constexpr std::uint8_t kMask[] = {0x7f, 0x1f, 0x0f, 0x07};
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || text.size() <= more) return std::nullopt;
    std::uint32_t c = first & kMask[more];
    for (const std::uint8_t byte : text.subspan(1, more)) {
        if ((byte & 0xc0) != 0x80) return std::nullopt;
        c = c << 6 | (byte & 0x3f);
    }
    const bool surrogate = c >= 0xd800 && c <= 0xdfff;
    if (c < kSmallest[more] || c > 0x10ffff || surrogate) return std::nullopt;
    text = text.subspan(1 + more);
    return c;
}

void append_unit(SecretBuffer& to, std::uint32_t unit) {
    const std::uint8_t bytes[] = {static_cast<std::uint8_t>(unit >> 8),
                                  static_cast<std::uint8_t>(unit)};
    to.append(bytes);
}

// `from` again and again until it fills whole blocks; nothing stays nothing.
void append_blocks(SecretBuffer& to, ByteView from, std::size_t block) {
    const std::size_t size = (from.size() + block - 1) / block * block;
    for (std::size_t done = 0; done < size; done += from.size())
        to.append(from.first(std::min(from.size(), size - done)));
}

// block + addend + 1 modulo 2^(8 * size), where `addend` repeats itself.
void add_one_more(ByteSpan block, ByteView addend) noexcept {
    std::uint32_t carry = 1;
    for (std::size_t i = block.size(); i-- > 0;) {
        carry += std::uint32_t{block[i]} + addend[i % addend.size()];
        block[i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
}

}  // namespace

SecretBytes pkcs12_passphrase(ByteView passphrase) {
    SecretBuffer units;
    for (ByteView rest = passphrase; !rest.empty();) {
        const auto c = take_utf8(rest);
        if (!c) {
            units.clear();
            for (const std::uint8_t byte : passphrase) append_unit(units, byte);
            break;
        }
        if (*c >= 0x10000) {
            append_unit(units, 0xd800 + ((*c - 0x10000) >> 10));
            append_unit(units, 0xdc00 + (*c & 0x3ff));
        } else {
            append_unit(units, *c);
        }
    }
    append_unit(units, 0);
    return SecretBytes(units.view());
}

std::size_t pkcs12_blocks(const char* hash, std::size_t size) {
    const std::size_t output = Botan::HashFunction::create_or_throw(hash)->output_length();
    return (size + output - 1) / output;
}

// The names are those of the appendix: u and v are the sizes of the hash's output and block.
SecretBytes derive_pkcs12(const Pkcs12Derivation& how, ByteView passphrase, std::size_t size) {
    const auto hash = Botan::HashFunction::create_or_throw(how.hash);
    const std::size_t u = hash->output_length();
    const std::size_t v = hash->hash_block_size();
    const Bytes diversifier(v, static_cast<std::uint8_t>(how.purpose));
    SecretBuffer salt_and_passphrase;
    append_blocks(salt_and_passphrase, how.salt, v);
    append_blocks(salt_and_passphrase, pkcs12_passphrase(passphrase), v);
    SecretBytes input(salt_and_passphrase.view());
    SecretBytes a(u);
    SecretBytes out(size);
    for (std::size_t done = 0; done < size; done += u) {
        hash->update(diversifier);
        hash->update(input.view());
        hash->final(a.data());
        for (std::uint32_t i = 1; i < how.iterations; ++i) {
            hash->update(a.view());
            hash->final(a.data());
        }
        const ByteView part = a.view().first(std::min(u, size - done));
        std::copy(part.begin(), part.end(), out.data() + done);
        for (std::size_t at = 0; at < input.size(); at += v)
            add_one_more(input.span().subspan(at, v), a);
    }
    return out;
}

}  // namespace nacre::detail
