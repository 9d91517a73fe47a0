#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre {

std::size_t mpint_size(ByteView magnitude) noexcept {
    const auto first =
        std::find_if(magnitude.begin(), magnitude.end(), [](std::uint8_t b) { return b != 0; });
    if (first == magnitude.end()) return 0;
    const auto significant = static_cast<std::size_t>(magnitude.end() - first);
    return significant + ((*first & 0x80) != 0 ? 1 : 0);
}

}  // namespace nacre
