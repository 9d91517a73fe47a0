/// \file
/// Bytes written down as hexadecimal digits.
#pragma once
#include <nacre/base/bytes.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace nacre::test {

/// The bytes of `notation`: pairs of hexadecimal digits, and text between single quotes that stands
/// for itself, e.g. "5e 00000007 00000002 'hi'". Other spaces do not count. Throws
/// std::invalid_argument for anything else, which fails the test that calls it.
inline Bytes from_hex(std::string_view notation) {
    const auto digit = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        throw std::invalid_argument("from_hex: not a hexadecimal digit");
    };
    Bytes out;
    std::size_t i = 0;
    while (i < notation.size()) {
        const char c = notation[i];
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            ++i;
        } else if (c == '\'') {
            const auto end = notation.find('\'', i + 1);
            if (end == std::string_view::npos)
                throw std::invalid_argument("from_hex: quote not closed");
            append(out, as_bytes(notation.substr(i + 1, end - i - 1)));
            i = end + 1;
        } else {
            if (i + 1 == notation.size())
                throw std::invalid_argument("from_hex: odd number of digits");
            out.push_back(static_cast<std::uint8_t>(digit(c) * 16 + digit(notation[i + 1])));
            i += 2;
        }
    }
    return out;
}

/// Two lower-case digits for each byte, nothing between them.
inline std::string to_hex(ByteView bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const std::uint8_t b : bytes) {
        out += kDigits[b >> 4];
        out += kDigits[b & 15];
    }
    return out;
}

}  // namespace nacre::test
