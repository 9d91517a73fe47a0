#include "keys/base64.hpp"

#include "keys/botan_guard.hpp"

#include <botan/base64.h>

namespace nacre::detail {

namespace {

constexpr Error kNotBase64{Errc::peer_malformed, Disconnect::none, 0, "damaged base64"};

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Botan takes "=" in places where RFC 4648 has none; this looks at the shape only.
bool padded_at_the_end_only(std::string_view text) noexcept {
    std::size_t characters = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (is_blank(c)) continue;
        ++characters;
        if (c == '=') {
            ++padding;
        } else if (padding != 0) {
            return false;
        }
    }
    return characters % 4 == 0 && padding <= 2;
}

}  // namespace

Result<SecretBytes> decode_base64(std::string_view text, Blanks blanks) noexcept {
    if (!padded_at_the_end_only(text)) return kNotBase64;
    return guarded(kNotBase64, [&]() -> Result<SecretBytes> {
        const auto decoded = Botan::base64_decode(text, blanks == Blanks::skipped);
        return SecretBytes(ByteView(decoded));
    });
}

std::string encode_base64(ByteView bytes) {
    return Botan::base64_encode(bytes);
}

Result<SecretBytes> encode_base64_lines(ByteView bytes, std::size_t width) noexcept {
    return guarded(kNotBase64, [&]() -> Result<SecretBytes> {
        SecretBytes flat(Botan::base64_encode_max_output(bytes.size()));
        std::size_t consumed = 0;
        const std::size_t length =
            Botan::base64_encode(reinterpret_cast<char*>(flat.data()), bytes.data(), bytes.size(),
                                 consumed, /*final_inputs=*/true);
        ByteView rest = flat.view().first(length);
        SecretBuffer lines;
        while (!rest.empty()) {
            const auto line = rest.first(std::min(width, rest.size()));
            lines.append(line);
            lines.append(as_bytes("\n"));
            rest = rest.subspan(line.size());
        }
        return SecretBytes(lines.view());
    });
}

}  // namespace nacre::detail
