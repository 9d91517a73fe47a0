#include "crypto/botan/registry.hpp"

namespace nacre::detail {

__attribute__((weak)) std::span<const KexEntry> kex_entries() noexcept {
    return {};
}
__attribute__((weak)) std::span<const KeyEntry> key_entries() noexcept {
    return {};
}

}  // namespace nacre::detail
