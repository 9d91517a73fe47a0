#include "crypto/botan/macs.hpp"

namespace nacre::detail {
namespace {

constexpr bool kEtm = true;

constexpr MacEntry hmac(AlgorithmInfo info, std::size_t key, std::uint16_t tag, bool etm,
                        std::string_view primitive) {
    return {info, key, tag, etm, primitive, make_hmac};
}

constexpr MacEntry umac(std::string_view name, std::uint16_t tag, bool etm) {
    return {on(name), 16, tag, etm, "AES-128", make_umac};
}

/// The second name of an AEAD; the cipher makes the tag.
constexpr MacEntry aead(std::string_view name) {
    return {off(name, true), 0, 0, false, {}, nullptr};
}

constexpr std::string_view kMd5 = "HMAC(MD5)";
constexpr std::string_view kRipemd160 = "HMAC(RIPEMD-160)";
constexpr std::string_view kSha1 = "HMAC(SHA-1)";
constexpr std::string_view kSha256 = "HMAC(SHA-256)";
constexpr std::string_view kSha512 = "HMAC(SHA-512)";

constexpr MacEntry kMacs[] = {
    umac("umac-64-etm@openssh.com", 8, kEtm),
    umac("umac-128-etm@openssh.com", 16, kEtm),
    hmac(on("hmac-sha2-256-etm@openssh.com"), 32, 32, kEtm, kSha256),
    hmac(on("hmac-sha2-512-etm@openssh.com"), 64, 64, kEtm, kSha512),
    // SHA-1's collisions do not touch HMAC; OpenSSH offers it too.
    hmac(on("hmac-sha1-etm@openssh.com"), 20, 20, kEtm, kSha1),
    umac("umac-64@openssh.com", 8, !kEtm),
    umac("umac-128@openssh.com", 16, !kEtm),
    hmac(on("hmac-sha2-256"), 32, 32, !kEtm, kSha256),
    hmac(on("hmac-sha2-512"), 64, 64, !kEtm, kSha512),
    hmac(on("hmac-sha1"), 20, 20, !kEtm, kSha1),
    aead("AEAD_AES_128_GCM"),
    aead("AEAD_AES_256_GCM"),
    // Not known to be broken; OpenSSH dropped it in 7.6.
    hmac(off("hmac-ripemd160-etm@openssh.com"), 20, 20, kEtm, kRipemd160),
    hmac(off("hmac-ripemd160"), 20, 20, !kEtm, kRipemd160),
    hmac(off("hmac-ripemd160@openssh.com"), 20, 20, !kEtm, kRipemd160),
    // Of SSH Communications' own programs; the first has a shorter key than its hash is long.
    hmac(off("hmac-sha256@ssh.com"), 16, 32, !kEtm, kSha256),
    hmac(off("hmac-sha256-2@ssh.com"), 32, 32, !kEtm, kSha256),
    hmac(off("hmac-sha224@ssh.com"), 28, 28, !kEtm, "HMAC(SHA-224)"),
    hmac(off("hmac-sha384@ssh.com"), 48, 48, !kEtm, "HMAC(SHA-384)"),
    hmac(off("hmac-sha512@ssh.com"), 64, 64, !kEtm, kSha512),
    // OpenSSH 7.2 turned off whatever is cut short or has MD5.
    hmac(weak("hmac-sha2-512-96"), 64, 12, !kEtm, kSha512),
    hmac(weak("hmac-sha2-256-96"), 32, 12, !kEtm, kSha256),
    hmac(weak("hmac-ripemd160-96"), 20, 12, !kEtm, kRipemd160),
    hmac(weak("hmac-sha1-96-etm@openssh.com"), 20, 12, kEtm, kSha1),
    hmac(weak("hmac-sha1-96"), 20, 12, !kEtm, kSha1),
    hmac(weak("hmac-md5-etm@openssh.com"), 16, 16, kEtm, kMd5),
    hmac(weak("hmac-md5"), 16, 16, !kEtm, kMd5),
    hmac(weak("hmac-md5-96-etm@openssh.com"), 16, 12, kEtm, kMd5),
    hmac(weak("hmac-md5-96"), 16, 12, !kEtm, kMd5),
};

}  // namespace

std::span<const MacEntry> mac_entries() noexcept {
    return kMacs;
}

}  // namespace nacre::detail
