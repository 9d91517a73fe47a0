#include "crypto/botan/kex_ecdh.hpp"
#include "crypto/botan/kex_hybrid.hpp"
#include "crypto/botan/kex_x25519.hpp"
#include "crypto/botan/registry.hpp"

namespace nacre::detail {
namespace {

constexpr KexEntry kEntries[] = {
    {{"mlkem768x25519-sha256", true}, make_mlkem768_kex},
    {{"sntrup761x25519-sha512", true}, make_sntrup761_kex},
    {{"sntrup761x25519-sha512@openssh.com", true}, make_sntrup761_kex},
    {{"curve25519-sha256", true}, make_curve25519_kex},
    {{"curve25519-sha256@libssh.org", true}, make_curve25519_kex},
    {{"ecdh-sha2-nistp256", true}, make_ecdh_kex},
    {{"ecdh-sha2-nistp384", true}, make_ecdh_kex},
    {{"ecdh-sha2-nistp521", true}, make_ecdh_kex},
};

}  // namespace

std::span<const KexEntry> kex_entries() noexcept {
    return kEntries;
}

}  // namespace nacre::detail
