#include "crypto/botan/macs.hpp"

namespace nacre::detail {
namespace {

constexpr bool kEtm = true;

constexpr MacEntry hmac(std::string_view name, std::uint16_t size, bool etm,
                        std::string_view primitive) {
    return {{name, true, false, false}, size, size, etm, primitive, make_hmac};
}

constexpr MacEntry umac(std::string_view name, std::uint16_t tag, bool etm) {
    return {{name, true, false, false}, 16, tag, etm, "AES-128", make_umac};
}

constexpr MacEntry kMacs[] = {
    umac("umac-64-etm@openssh.com", 8, kEtm),
    umac("umac-128-etm@openssh.com", 16, kEtm),
    hmac("hmac-sha2-256-etm@openssh.com", 32, kEtm, "HMAC(SHA-256)"),
    hmac("hmac-sha2-512-etm@openssh.com", 64, kEtm, "HMAC(SHA-512)"),
    // SHA-1's collisions do not touch HMAC; OpenSSH offers it too.
    hmac("hmac-sha1-etm@openssh.com", 20, kEtm, "HMAC(SHA-1)"),
    umac("umac-64@openssh.com", 8, !kEtm),
    umac("umac-128@openssh.com", 16, !kEtm),
    hmac("hmac-sha2-256", 32, !kEtm, "HMAC(SHA-256)"),
    hmac("hmac-sha2-512", 64, !kEtm, "HMAC(SHA-512)"),
    hmac("hmac-sha1", 20, !kEtm, "HMAC(SHA-1)"),
};

}  // namespace

std::span<const MacEntry> mac_entries() noexcept {
    return kMacs;
}

}  // namespace nacre::detail
