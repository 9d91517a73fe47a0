#include <nacre/wire/reader.hpp>

namespace nacre {

ByteView Reader::mpint() noexcept {
    const ByteView encoded = string();
    if (encoded.empty()) return {};
    const bool negative = (encoded[0] & 0x80) != 0;
    const bool padded = encoded[0] == 0;
    // "Unnecessary leading bytes with the value 0 or 255 MUST NOT be included." A lone zero byte is
    // one of them: zero has no bytes at all.
    const bool needless = padded && (encoded.size() == 1 || (encoded[1] & 0x80) == 0);
    const ByteView magnitude = encoded.subspan(padded ? 1 : 0);
    if (negative || needless || magnitude.size() > kMaxMpintBits / 8) {
        fail();
        return {};
    }
    return magnitude;
}

}  // namespace nacre
