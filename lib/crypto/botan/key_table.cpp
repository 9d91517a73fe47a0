#include "crypto/botan/key_ed25519.hpp"
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

std::span<const KeyEntry> key_entries() noexcept {
    static const KeyEntry entries[] = {kEd25519Entry};
    return entries;
}

}  // namespace nacre::detail
