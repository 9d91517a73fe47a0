#include "keys/der_writer.hpp"

#include <charconv>

namespace nacre::detail {

namespace {

void append_base128(Bytes& out, std::uint32_t arc) {
    bool started = false;
    for (int shift = 28; shift >= 0; shift -= 7) {
        const auto digit = static_cast<std::uint8_t>(arc >> shift & 0x7f);
        started = started || digit != 0 || shift == 0;
        if (started) out.push_back(static_cast<std::uint8_t>(shift == 0 ? digit : digit | 0x80));
    }
}

}  // namespace

SecretBytes der_element(std::uint8_t tag, ByteView contents) {
    SecretBuffer out;
    const std::size_t size = contents.size();
    Bytes header{tag};
    if (size < 0x80) {
        header.push_back(static_cast<std::uint8_t>(size));
    } else {
        std::uint8_t length[4];
        store_be32(length, static_cast<std::uint32_t>(size));
        std::size_t skipped = 0;
        while (length[skipped] == 0) ++skipped;
        header.push_back(static_cast<std::uint8_t>(0x80 | (sizeof length - skipped)));
        header.insert(header.end(), length + skipped, length + sizeof length);
    }
    out.append(header);
    out.append(contents);
    return SecretBytes(out.view());
}

SecretBytes der_integer(ByteView magnitude) {
    while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
    // Zero is one byte, and a high bit would be a sign.
    const bool padded = magnitude.empty() || (magnitude.front() & 0x80) != 0;
    constexpr std::uint8_t kZero[1] = {0};
    return der_of(der::kInteger, ByteView(kZero, padded ? 1 : 0), magnitude);
}

SecretBytes der_number(std::uint32_t number) {
    std::uint8_t bytes[4];
    store_be32(bytes, number);
    return der_integer(bytes);
}

SecretBytes der_oid(std::string_view dotted) {
    Bytes out;
    std::uint32_t first = 0;
    for (int index = 0; !dotted.empty(); ++index) {
        std::uint32_t arc = 0;
        const char* const end = dotted.data() + dotted.size();
        const char* const next = std::from_chars(dotted.data(), end, arc).ptr;
        dotted.remove_prefix(static_cast<std::size_t>(next - dotted.data()) + (next != end));
        // X.690 s8.19.4: the first two arcs are one number.
        if (index == 0) first = arc;
        if (index == 1) arc += first * 40;
        if (index != 0) append_base128(out, arc);
    }
    return der_element(der::kOid, out);
}

SecretBytes der_bits(ByteView contents) {
    constexpr std::uint8_t kNoUnusedBits[1] = {0};
    return der_of(der::kBitString, ByteView(kNoUnusedBits), contents);
}

}  // namespace nacre::detail
