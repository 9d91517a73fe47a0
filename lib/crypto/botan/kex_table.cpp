#include "kex_x25519.hpp"
#include "registry.hpp"

namespace nacre::detail {
namespace {

constexpr KexEntry kEntries[] = {
    {{"curve25519-sha256", true}, make_curve25519_kex},
    {{"curve25519-sha256@libssh.org", true}, make_curve25519_kex},
};

}  // namespace

std::span<const KexEntry> kex_entries() noexcept {
    return kEntries;
}

}  // namespace nacre::detail
