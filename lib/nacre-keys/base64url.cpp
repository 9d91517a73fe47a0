#include "nacre-keys/base64url.hpp"

#include "keys/base64.hpp"
#include "keys/botan_guard.hpp"

#include <algorithm>

namespace nacre::detail {

namespace {

constexpr Error kNotBase64{Errc::peer_malformed, Disconnect::none, 0, "damaged base64url"};
constexpr std::size_t kOneLine = SIZE_MAX;

void replace(ByteSpan text, char from, char to) noexcept {
    std::replace(text.begin(), text.end(), static_cast<std::uint8_t>(from),
                 static_cast<std::uint8_t>(to));
}

}  // namespace

Result<SecretBytes> decode_base64url(std::string_view text) noexcept {
    if (text.find_first_of("+/=") != std::string_view::npos) return kNotBase64;
    return guarded(kNotBase64, [&]() -> Result<SecretBytes> {
        SecretBytes padded((text.size() + 3) / 4 * 4);
        std::fill(padded.span().begin(), padded.span().end(), static_cast<std::uint8_t>('='));
        std::copy(text.begin(), text.end(), padded.data());
        replace(padded.span(), '-', '+');
        replace(padded.span(), '_', '/');
        return decode_base64(as_text(padded), Blanks::refused);
    });
}

Result<SecretBytes> encode_base64url(ByteView bytes) noexcept {
    return guarded(kNotBase64, [&]() -> Result<SecretBytes> {
        NACRE_TRY(SecretBytes text, encode_base64_lines(bytes, kOneLine));
        replace(text.span(), '+', '-');
        replace(text.span(), '/', '_');
        const auto end = as_text(text).find_first_of("=\n");
        return SecretBytes(text.view().first(std::min(end, text.size())));
    });
}

}  // namespace nacre::detail
