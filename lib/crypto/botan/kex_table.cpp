#include "crypto/botan/kex_dh.hpp"
#include "crypto/botan/kex_ecdh.hpp"
#include "crypto/botan/kex_hybrid.hpp"
#include "crypto/botan/kex_montgomery.hpp"
#include "crypto/botan/registry.hpp"

namespace nacre::detail {
namespace {

constexpr KexEntry kEntries[] = {
    {on("mlkem768x25519-sha256"), make_mlkem_kex},
    {on("sntrup761x25519-sha512"), make_sntrup761_kex},
    {on("sntrup761x25519-sha512@openssh.com"), make_sntrup761_kex},
    {on("curve25519-sha256"), make_curve25519_kex},
    {on("curve25519-sha256@libssh.org"), make_curve25519_kex},
    {on("ecdh-sha2-nistp256"), make_ecdh_kex},
    {on("ecdh-sha2-nistp384"), make_ecdh_kex},
    {on("ecdh-sha2-nistp521"), make_ecdh_kex},
    // OpenSSH 10.5 has the first of these, and does not offer it uninvited either.
    {off("mlkem768nistp256-sha256"), make_mlkem_kex},
    {off("mlkem1024nistp384-sha384"), make_mlkem_kex},
    {off("curve448-sha512"), make_curve448_kex},
    // Dearer for us than for whoever asks: off until named.
    {off("diffie-hellman-group-exchange-sha256"), make_dh_gex_kex},
    {off("diffie-hellman-group14-sha256"), make_dh_kex},
    {off("diffie-hellman-group15-sha512"), make_dh_kex},
    {off("diffie-hellman-group16-sha512"), make_dh_kex},
    {off("diffie-hellman-group17-sha512"), make_dh_kex},
    {off("diffie-hellman-group18-sha512"), make_dh_kex},
    // SHA-1's collisions are within reach (RFC 9142), and so are logarithms in group 1.
    {weak("diffie-hellman-group-exchange-sha1"), make_dh_gex_kex},
    {weak("diffie-hellman-group14-sha1"), make_dh_kex},
    {weak("diffie-hellman-group1-sha1"), make_dh_kex},
};

}  // namespace

std::span<const KexEntry> kex_entries() noexcept {
    return kEntries;
}

}  // namespace nacre::detail
