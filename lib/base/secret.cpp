#include <nacre/base/secret.hpp>

#include <string.h>

#include <algorithm>

namespace nacre {

void wipe(ByteSpan bytes) noexcept {
    if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}

bool same_secret(ByteView a, ByteView b) noexcept {
    if (a.size() != b.size()) return false;
    std::uint32_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<std::uint32_t>(a[i] ^ b[i]);
        // The compiler must not see that the loop could stop once a bit is set.
        asm volatile("" : "+r"(difference));
    }
    return difference == 0;
}

void SecretBuffer::append(ByteView more) {
    if (more.empty()) return;
    const std::size_t needed = bytes_.size() + more.size();
    if (needed > bytes_.capacity()) {
        // A vector that grows by itself frees the old bytes unwiped. `more` may lie in the old
        // ones, so they are wiped only after it was copied.
        constexpr std::size_t kLeast = 64;
        Bytes grown;
        grown.reserve(std::max({needed, 2 * bytes_.capacity(), kLeast}));
        nacre::append(grown, bytes_);
        nacre::append(grown, more);
        wipe(bytes_);
        bytes_ = std::move(grown);
        return;
    }
    nacre::append(bytes_, more);
}

}  // namespace nacre
